/**
 * Writes the CHANGELOGs for people: each change as its changeset says it, without hashes, and without a line for every
 * dependency, because all packages have one version.
 */
module.exports = {
  getReleaseLine: async ({ summary }) => {
    const [first, ...rest] = summary.trim().split('\n')
    return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')
  },
  getDependencyReleaseLine: async () => '',
}
