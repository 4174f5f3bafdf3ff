export { createClient, type Client, type ClientOptions, type DepthMap, type ImageToSend, type MapOptions } from './create-client.ts'
