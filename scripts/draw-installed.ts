import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const IMAGES = resolve('examples/first-look/images')
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/**
 * Runs every command that draws, as it is installed, and looks that there is an image.
 *
 * @param folder - whose node_modules has dinokit; it is written to
 * @returns the images' names
 * @throws Error where a command fails, or what it drew is no PNG of some size
 */
export function drawInstalled(folder: string): string[] {
  const names = readdirSync(IMAGES).filter((name) => name.endsWith('.jpg'))
  const cat = join(IMAGES, names[0]!)
  writeAlbum(join(folder, 'album'), names)
  const dinokit = (command: string, ...args: string[]): void =>
    void execFileSync(process.execPath, ['node_modules/@dinokit/cli/dist/bin.js', '--quiet', ...command.split(' '), ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  dinokit('classify --out classes.png', cat)
  dinokit('classify --out classes-over.png --overlay', cat)
  dinokit('segment --out parts.png', cat)
  dinokit('segment --out parts.labels.png', cat)
  dinokit('depth --out depth.png', cat)
  dinokit('depth --out depth.mm.png', cat)
  dinokit('index album --labels-from-folders --store album.store')
  dinokit('search --store album.store --out found.png', cat)
  dinokit('train classify --store album.store --method mlp --epochs 2 --validation 0.5 --plot curve.png --out album.head.safetensors')
  dinokit('distill --teacher tiny --student 1x64 --size 56 --batch 2 --steps 1 --out student.safetensors --data', IMAGES)
  dinokit(
    'pretrain --preset laptop --student 1x32 --locals 1 --prototypes 16 --hidden 16 --batch 2 --steps 1 --out own.safetensors --data',
    IMAGES,
  )
  const drawn = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /^[^/]*(\.run\/[^/]*)?\.png$/.test(name))
  for (const name of drawn) assertImage(join(folder, name))
  return drawn
}

/** An album of two labels, with enough images of each for two splits. */
function writeAlbum(album: string, names: readonly string[]): void {
  for (const [i, label] of ['this', 'that'].entries()) {
    mkdirSync(join(album, label), { recursive: true })
    for (let copy = 0; copy < 8; copy++) cpSync(join(IMAGES, names[(i + 2 * copy) % names.length]!), join(album, label, `${copy}.jpg`))
  }
}

function assertImage(path: string): void {
  const bytes = readFileSync(path)
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  if (!bytes.subarray(0, 8).equals(SIGNATURE) || width < 100 || height < 100) throw new Error(`${path} is no image: ${width}x${height}`)
}
