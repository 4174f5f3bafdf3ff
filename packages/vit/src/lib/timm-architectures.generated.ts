// Made by goldens/make_timm_architectures.py from timm 1.0.31. Don't edit.
/** What an architecture of timm's has that its files don't say. */
export interface TimmArchitectures {
  /** Width of a token. */
  readonly dim: number
  readonly heads: number
  readonly eps: number
  readonly activation: 'gelu' | 'gelu_tanh' | 'quick_gelu' | 'silu' | 'relu'
  /** Names, each followed by a space. */
  readonly names: string
}

/** The version of timm that it was read from. */
export const TIMM_VERSION = '1.0.31'

// prettier-ignore
export const TIMM_ARCHITECTURES: readonly TimmArchitectures[] = [
  { dim: 64, heads: 2, eps: 1e-6, activation: 'gelu', names: 'test_vit test_vit2 ' },
  { dim: 96, heads: 3, eps: 1e-6, activation: 'gelu', names: 'test_vit3 test_vit4 ' },
  { dim: 192, heads: 3, eps: 1e-6, activation: 'gelu', names: 'deit_tiny_distilled_patch16_224 deit_tiny_patch16_224 vit_tiny_patch16_224 vit_tiny_patch16_384 ' },
  { dim: 192, heads: 3, eps: 1e-5, activation: 'gelu', names: 'vit_tiny_patch16_dinov3_qkvb ' },
  { dim: 256, heads: 4, eps: 1e-6, activation: 'gelu', names: 'vit_dwee_patch16_reg1_gap_256 vit_wee_patch16_reg1_gap_256 ' },
  { dim: 256, heads: 4, eps: 1e-5, activation: 'gelu', names: 'vit_xsmall_patch16_clip_224 ' },
  { dim: 320, heads: 5, eps: 1e-6, activation: 'gelu', names: 'vit_dlittle_patch16_reg1_gap_256 vit_little_patch16_reg1_gap_256 vit_little_patch16_reg4_gap_256 ' },
  { dim: 384, heads: 6, eps: 1e-6, activation: 'gelu', names: 'deit3_small_patch16_224 deit3_small_patch16_384 deit_small_distilled_patch16_224 deit_small_patch16_224 flexivit_small vit_small_patch14_dinov2 vit_small_patch14_reg4_dinov2 vit_small_patch16_224 vit_small_patch16_36x1_224 vit_small_patch16_384 vit_small_patch32_224 vit_small_patch32_384 vit_small_patch8_224 ' },
  { dim: 384, heads: 6, eps: 1e-5, activation: 'gelu', names: 'vit_small_patch16_dinov3 vit_small_patch16_dinov3_qkvb vit_small_patch16_lingbot ' },
  { dim: 384, heads: 6, eps: 1e-5, activation: 'silu', names: 'vit_small_plus_patch16_dinov3 vit_small_plus_patch16_dinov3_qkvb ' },
  { dim: 512, heads: 8, eps: 1e-6, activation: 'gelu', names: 'deit3_medium_patch16_224 vit_medium_patch16_gap_240 vit_medium_patch16_gap_256 vit_medium_patch16_gap_384 vit_medium_patch16_reg1_gap_256 vit_medium_patch16_reg4_gap_256 vit_mediumd_patch16_reg4_gap_256 vit_mediumd_patch16_reg4_gap_384 ' },
  { dim: 512, heads: 8, eps: 1e-5, activation: 'gelu', names: 'vit_medium_patch16_clip_224 vit_medium_patch32_clip_224 ' },
  { dim: 640, heads: 10, eps: 1e-6, activation: 'gelu', names: 'vit_betwixt_patch16_gap_256 vit_betwixt_patch16_reg1_gap_256 vit_betwixt_patch16_reg4_gap_256 vit_betwixt_patch16_reg4_gap_384 ' },
  { dim: 640, heads: 10, eps: 1e-5, activation: 'gelu', names: 'vit_betwixt_patch32_clip_224 ' },
  { dim: 768, heads: 12, eps: 1e-6, activation: 'gelu', names: 'deit3_base_patch16_224 deit3_base_patch16_384 deit_base_distilled_patch16_224 deit_base_distilled_patch16_384 deit_base_patch16_224 deit_base_patch16_384 flexivit_base vit_base_patch14_dinov2 vit_base_patch14_reg1_tipsv2 vit_base_patch14_reg4_dinov2 vit_base_patch16_224 vit_base_patch16_224_miil vit_base_patch16_384 vit_base_patch16_radio_v3 vit_base_patch16_reg4_gap_256 vit_base_patch16_rpn_224 vit_base_patch16_siglip_224 vit_base_patch16_siglip_256 vit_base_patch16_siglip_384 vit_base_patch16_siglip_512 vit_base_patch16_siglip_gap_224 vit_base_patch16_siglip_gap_256 vit_base_patch16_siglip_gap_384 vit_base_patch16_siglip_gap_512 vit_base_patch32_224 vit_base_patch32_384 vit_base_patch8_224 ' },
  { dim: 768, heads: 12, eps: 1e-6, activation: 'gelu_tanh', names: 'vit_base_patch32_siglip_256 vit_base_patch32_siglip_gap_256 ' },
  { dim: 768, heads: 12, eps: 1e-5, activation: 'gelu', names: 'beit3_base_patch16_224 vit_base_patch16_clip_224 vit_base_patch16_clip_384 vit_base_patch16_dinov3 vit_base_patch16_dinov3_qkvb vit_base_patch16_lingbot vit_base_patch32_clip_224 vit_base_patch32_clip_256 vit_base_patch32_clip_384 vit_base_patch32_clip_448 ' },
  { dim: 768, heads: 12, eps: 1e-5, activation: 'quick_gelu', names: 'vit_base_patch16_clip_quickgelu_224 vit_base_patch32_clip_quickgelu_224 ' },
  { dim: 768, heads: 16, eps: 1e-6, activation: 'gelu', names: 'vit_base_patch16_gap_224 ' },
  { dim: 832, heads: 13, eps: 1e-6, activation: 'gelu', names: 'vit_so150m2_patch16_reg1_gap_256 vit_so150m2_patch16_reg1_gap_384 vit_so150m2_patch16_reg1_gap_448 ' },
  { dim: 896, heads: 14, eps: 1e-6, activation: 'gelu', names: 'vit_base_patch16_plus_240 vit_base_patch32_plus_256 vit_so150m_patch16_reg4_gap_256 vit_so150m_patch16_reg4_gap_384 vit_so150m_patch16_reg4_map_256 ' },
  { dim: 896, heads: 14, eps: 1e-5, activation: 'gelu', names: 'vit_base_patch16_plus_clip_240 ' },
  { dim: 1024, heads: 8, eps: 1e-5, activation: 'silu', names: 'aimv2_large_patch14_224 aimv2_large_patch14_336 aimv2_large_patch14_448 ' },
  { dim: 1024, heads: 16, eps: 1e-6, activation: 'gelu', names: 'deit3_large_patch16_224 deit3_large_patch16_384 eva_large_patch14_196 eva_large_patch14_336 flexivit_large vit_intern300m_patch14_448 vit_large_patch14_224 vit_large_patch14_dinov2 vit_large_patch14_reg1_tipsv2 vit_large_patch14_reg4_dinov2 vit_large_patch16_224 vit_large_patch16_384 vit_large_patch16_radio_v3 vit_large_patch16_siglip_256 vit_large_patch16_siglip_384 vit_large_patch16_siglip_gap_256 vit_large_patch16_siglip_gap_384 vit_large_patch32_224 vit_large_patch32_384 ' },
  { dim: 1024, heads: 16, eps: 1e-6, activation: 'gelu_tanh', names: 'vit_large_patch16_siglip_512 vit_large_patch16_siglip_gap_512 ' },
  { dim: 1024, heads: 16, eps: 1e-5, activation: 'gelu', names: 'beit3_large_patch16_224 vit_large_patch14_clip_224 vit_large_patch14_clip_336 vit_large_patch16_dinov3 vit_large_patch16_dinov3_qkvb vit_large_patch16_lingbot ' },
  { dim: 1024, heads: 16, eps: 1e-5, activation: 'quick_gelu', names: 'vit_large_patch14_clip_quickgelu_224 vit_large_patch14_clip_quickgelu_336 ' },
  { dim: 1152, heads: 16, eps: 1e-6, activation: 'gelu', names: 'vit_so400m_patch14_reg1_tipsv2 vit_so400m_patch14_siglip_224 vit_so400m_patch14_siglip_378 vit_so400m_patch14_siglip_384 vit_so400m_patch14_siglip_gap_224 vit_so400m_patch14_siglip_gap_378 vit_so400m_patch14_siglip_gap_384 vit_so400m_patch14_siglip_gap_448 vit_so400m_patch14_siglip_gap_896 vit_so400m_patch16_radio_v4 ' },
  { dim: 1152, heads: 16, eps: 1e-6, activation: 'gelu_tanh', names: 'vit_so400m_patch16_siglip_256 vit_so400m_patch16_siglip_384 vit_so400m_patch16_siglip_512 vit_so400m_patch16_siglip_gap_256 vit_so400m_patch16_siglip_gap_384 vit_so400m_patch16_siglip_gap_512 ' },
  { dim: 1280, heads: 16, eps: 1e-6, activation: 'gelu', names: 'deit3_huge_patch14_224 vit_huge_patch14_224 vit_huge_patch14_gap_224 vit_huge_patch16_gap_448 vit_huge_patch16_radio_v3 vit_huge_patch16_radio_v4 ' },
  { dim: 1280, heads: 16, eps: 1e-5, activation: 'gelu', names: 'vit_huge_patch14_clip_224 vit_huge_patch14_clip_336 vit_huge_patch14_clip_378 ' },
  { dim: 1280, heads: 16, eps: 1e-5, activation: 'quick_gelu', names: 'vit_huge_patch14_clip_quickgelu_224 vit_huge_patch14_clip_quickgelu_378 ' },
  { dim: 1280, heads: 20, eps: 1e-5, activation: 'silu', names: 'vit_huge_plus_patch16_dinov3 vit_huge_plus_patch16_dinov3_qkvb ' },
  { dim: 1408, heads: 16, eps: 1e-6, activation: 'gelu', names: 'vit_giant_patch14_224 vit_giant_patch16_gap_224 ' },
  { dim: 1408, heads: 16, eps: 1e-5, activation: 'gelu', names: 'beit3_giant_patch14_224 beit3_giant_patch14_336 vit_giant_patch14_clip_224 ' },
  { dim: 1536, heads: 12, eps: 1e-5, activation: 'silu', names: 'aimv2_huge_patch14_224 aimv2_huge_patch14_336 aimv2_huge_patch14_448 ' },
  { dim: 1536, heads: 16, eps: 1e-6, activation: 'gelu_tanh', names: 'vit_giantopt_patch16_siglip_256 vit_giantopt_patch16_siglip_384 vit_giantopt_patch16_siglip_gap_256 vit_giantopt_patch16_siglip_gap_384 ' },
  { dim: 1536, heads: 24, eps: 1e-6, activation: 'gelu', names: 'vit_giant_patch16_radio_v3 ' },
  { dim: 1536, heads: 24, eps: 1e-6, activation: 'silu', names: 'vit_giant_patch14_dinov2 vit_giant_patch14_reg1_tipsv2 vit_giant_patch14_reg4_dinov2 ' },
  { dim: 1536, heads: 24, eps: 1e-5, activation: 'silu', names: 'vit_giant_patch16_lingbot ' },
  { dim: 1664, heads: 16, eps: 1e-6, activation: 'gelu', names: 'vit_gigantic_patch14_224 ' },
  { dim: 1664, heads: 16, eps: 1e-5, activation: 'gelu', names: 'vit_gigantic_patch14_clip_224 vit_gigantic_patch14_clip_378 ' },
  { dim: 1664, heads: 16, eps: 1e-5, activation: 'quick_gelu', names: 'vit_gigantic_patch14_clip_quickgelu_224 ' },
  { dim: 2048, heads: 16, eps: 1e-5, activation: 'silu', names: 'aimv2_1b_patch14_224 aimv2_1b_patch14_336 aimv2_1b_patch14_448 ' },
  { dim: 3072, heads: 24, eps: 1e-5, activation: 'silu', names: 'aimv2_3b_patch14_224 aimv2_3b_patch14_336 aimv2_3b_patch14_448 ' },
  { dim: 4096, heads: 32, eps: 1e-5, activation: 'silu', names: 'vit_7b_patch16_dinov3 ' },
]
