/** Images to begin with: examples/first-look/images, whose README states their licenses. */
const SAMPLES = {
  chelsea: new URL('../../../../examples/first-look/images/chelsea.jpg', import.meta.url),
  astronaut: new URL('../../../../examples/first-look/images/astronaut.jpg', import.meta.url),
  coffee: new URL('../../../../examples/first-look/images/coffee.jpg', import.meta.url),
  rocket: new URL('../../../../examples/first-look/images/rocket.jpg', import.meta.url),
}

/** The sample images; those that can't be fetched are left out. */
export async function loadSamples(): Promise<File[]> {
  const files = await Promise.all(
    Object.entries(SAMPLES).map(async ([name, url]) => {
      const response = await fetch(url).catch(() => undefined)
      return response?.ok ? new File([await response.blob()], `${name}.jpg`, { type: 'image/jpeg' }) : undefined
    }),
  )
  return files.filter((file) => file !== undefined)
}
