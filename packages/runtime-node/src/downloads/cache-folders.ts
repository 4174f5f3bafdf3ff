import { DinokitError } from '@dinokit/core'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The hub's cache, shared with Python's huggingface_hub: HF_HUB_CACHE, or HF_HOME, or XDG_CACHE_HOME, or
 * `~/.cache/huggingface/hub`; where there is no home folder, below DINOKIT_CACHE.
 *
 * @throws DinokitError `file-unwritable` where nothing says where it is to be
 */
export function hubCacheFolder(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, DINOKIT_CACHE } = process.env
  const named = HF_HUB_CACHE ?? HUGGINGFACE_HUB_CACHE
  if (named !== undefined) return named
  const home = homeFolder()
  const caches = XDG_CACHE_HOME ?? (home === undefined ? undefined : join(home, '.cache'))
  const huggingFace = HF_HOME ?? (caches === undefined ? undefined : join(caches, 'huggingface'))
  if (huggingFace !== undefined) return join(huggingFace, 'hub')
  if (DINOKIT_CACHE) return join(DINOKIT_CACHE, 'huggingface', 'hub')
  throw noHome()
}

/**
 * dinokit's own cache, for files that come from elsewhere: DINOKIT_CACHE, or XDG_CACHE_HOME, or `~/.cache/dinokit`; where
 * there is no home folder, below HF_HOME.
 *
 * @throws DinokitError `file-unwritable` where nothing says where it is to be
 */
export function ownCacheFolder(): string {
  const { DINOKIT_CACHE, XDG_CACHE_HOME, HF_HOME } = process.env
  if (DINOKIT_CACHE) return DINOKIT_CACHE
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'dinokit')
  const home = homeFolder()
  if (home !== undefined) return join(home, '.cache', 'dinokit')
  if (HF_HOME) return join(HF_HOME, 'dinokit')
  throw noHome()
}

/** Whether it is known where downloads are kept. */
export function hasCacheFolders(): boolean {
  try {
    return ownCacheFolder() !== '' && hubCacheFolder() !== ''
  } catch {
    return false
  }
}

/** Returns the home folder, also in a container whose user has no entry in its list of users: HOME is not set then, and the system knows none. */
function homeFolder(): string | undefined {
  try {
    return homedir() || undefined
  } catch {
    return undefined
  }
}

function noHome(): DinokitError {
  return new DinokitError('file-unwritable', 'There is no home folder for downloads: HOME is not set, and the system reports none.', {
    given: 'no HOME, DINOKIT_CACHE or HF_HOME',
    expected: 'a folder that can be written to',
    hint: 'Set DINOKIT_CACHE to one (and HF_HOME to where the hub’s files are to be, where that is another).',
  })
}
