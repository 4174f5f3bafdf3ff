/** Tries a release as `pnpm release --dry-run` does, but for pages, which check:bundles opens. The packages are built already. */
import { tryRelease } from './try-release.ts'

process.exitCode = (await tryRelease('without pages')) ? 0 : 1
