export { createWebRuntime as createRuntime } from '@dinokit/runtime-web'
