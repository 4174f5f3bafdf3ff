/** A published file's digest, and who says so. */
interface PublishedDigest {
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** Public repositories that say it independently of each other. */
  readonly sources: readonly [string, string, ...string[]]
}

const REFINERS = 'finegrain-ai/refiners, src/refiners/conversion/models/dinov2.py'

/**
 * Digests of the backbones that Meta publishes, by their file's name. Meta names none, so that each is here only where two
 * public sources, which do not quote each other, agree. Meta's heads are not: nobody was found who says theirs.
 */
export const PUBLISHED_DIGESTS: Readonly<Record<string, PublishedDigest>> = {
  'dinov2_vits14_pretrain.pth': {
    sha256: 'b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9',
    sources: [REFINERS, 'butros10games/korfbal, apps/video_analysis/engine/clip_appearance.py'],
  },
  'dinov2_vits14_reg4_pretrain.pth': {
    sha256: 'f433177089a681826f849f194ece3bb48f4d63fb38d32fc837e3dc7a4e5641fb',
    sources: [REFINERS, 'vfxli/Lab2Shot, adapters/woftsam/extension.py'],
  },
  'dinov2_vitb14_pretrain.pth': {
    sha256: '0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73',
    sources: [REFINERS, 'LYQ1107/TrackOCD, tests/trackocd_core'],
  },
  'dinov2_vitb14_reg4_pretrain.pth': {
    sha256: '73182a088cf94833c94b1666d1c99e02fe87e2007bff57b564fb6206e25dba71',
    sources: [REFINERS, 'cubert-hyperspectral/cuvis-ai-core, its registry of weights'],
  },
  'dinov2_vitl14_pretrain.pth': {
    sha256: 'd5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428',
    sources: [REFINERS, 'modelingevolution/roma-matcher-compose, up-0.1.0.sh'],
  },
  'dinov2_vitl14_reg4_pretrain.pth': {
    sha256: '36e4deffbaef061a2576705b0c36f93621e2ae20bf6274694821b0b492551b51',
    sources: [REFINERS, 'DrHepa/modly-lato2-extension, lato2_modly/constants.py'],
  },
  'dinov2_vitg14_pretrain.pth': {
    sha256: 'baf8467e50af277596bbbafa06887c177ee899ab46033649c383577d7e9309d3',
    sources: [REFINERS, 'wangsir1214/Nav_Lmk, its report of a run'],
  },
  'dinov2_vitg14_reg4_pretrain.pth': {
    sha256: '746ecb8c6301c645c5c855be91687d274587d6e48fdaec4a729753160b34a283',
    sources: [REFINERS, 'butros10games/korfbal, apps/video_analysis/engine/clip_appearance_giant.py'],
  },
}
