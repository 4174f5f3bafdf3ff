export {
  createClient,
  type Client,
  type ClientOptions,
  type DepthMap,
  type ImageToSend,
  type MapOptions,
  type SearchImageOptions,
} from './create-client.ts'
