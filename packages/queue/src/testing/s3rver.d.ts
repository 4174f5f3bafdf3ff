declare module 's3rver' {
  /** The parts of s3rver that tests use; it brings no types. */
  export default class S3rver {
    constructor(options: object)
    run(): Promise<unknown>
    close(): Promise<void>
  }
}
