import { getHFHubCachePath } from '@huggingface/hub'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The hub's cache, shared with Python's huggingface_hub: HF_HUB_CACHE, or HF_HOME, or XDG_CACHE_HOME, or
 * `~/.cache/huggingface/hub`.
 */
export function hubCacheFolder(): string {
  return getHFHubCachePath()
}

/** dinokit's own cache, for files that come from elsewhere: DINOKIT_CACHE, or XDG_CACHE_HOME, or `~/.cache/dinokit`. */
export function ownCacheFolder(): string {
  const { DINOKIT_CACHE, XDG_CACHE_HOME } = process.env
  return DINOKIT_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'dinokit')
}
