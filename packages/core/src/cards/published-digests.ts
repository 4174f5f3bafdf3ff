const REFINERS = 'finegrain-ai/refiners, src/refiners/conversion/models/dinov2.py'

/**
 * SHA-256 digests of the backbones that Meta publishes, in lower-case hexadecimal, by their file's name. Meta names none, so
 * that each is here only where two public sources, which do not quote each other, agree ({@link DIGEST_SOURCES}). Meta's heads
 * are not: nobody was found who says theirs.
 */
export const PUBLISHED_DIGESTS: Readonly<Record<string, string>> = {
  'dinov2_vits14_pretrain.pth': 'b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9',
  'dinov2_vits14_reg4_pretrain.pth': 'f433177089a681826f849f194ece3bb48f4d63fb38d32fc837e3dc7a4e5641fb',
  'dinov2_vitb14_pretrain.pth': '0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73',
  'dinov2_vitb14_reg4_pretrain.pth': '73182a088cf94833c94b1666d1c99e02fe87e2007bff57b564fb6206e25dba71',
  'dinov2_vitl14_pretrain.pth': 'd5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428',
  'dinov2_vitl14_reg4_pretrain.pth': '36e4deffbaef061a2576705b0c36f93621e2ae20bf6274694821b0b492551b51',
  'dinov2_vitg14_pretrain.pth': 'baf8467e50af277596bbbafa06887c177ee899ab46033649c383577d7e9309d3',
  'dinov2_vitg14_reg4_pretrain.pth': '746ecb8c6301c645c5c855be91687d274587d6e48fdaec4a729753160b34a283',
}

/** Public repositories that say a file's digest independently of each other. Apart, so that no page carries them. */
export const DIGEST_SOURCES: Readonly<Record<string, readonly [string, string, ...string[]]>> = {
  'dinov2_vits14_pretrain.pth': [REFINERS, 'butros10games/korfbal, apps/video_analysis/engine/clip_appearance.py'],
  'dinov2_vits14_reg4_pretrain.pth': [REFINERS, 'vfxli/Lab2Shot, adapters/woftsam/extension.py'],
  'dinov2_vitb14_pretrain.pth': [REFINERS, 'LYQ1107/TrackOCD, tests/trackocd_core'],
  'dinov2_vitb14_reg4_pretrain.pth': [REFINERS, 'cubert-hyperspectral/cuvis-ai-core, its registry of weights'],
  'dinov2_vitl14_pretrain.pth': [REFINERS, 'modelingevolution/roma-matcher-compose, up-0.1.0.sh'],
  'dinov2_vitl14_reg4_pretrain.pth': [REFINERS, 'DrHepa/modly-lato2-extension, lato2_modly/constants.py'],
  'dinov2_vitg14_pretrain.pth': [REFINERS, 'wangsir1214/Nav_Lmk, its report of a run'],
  'dinov2_vitg14_reg4_pretrain.pth': [REFINERS, 'butros10games/korfbal, apps/video_analysis/engine/clip_appearance_giant.py'],
}
