declare module 'wgsl-preprocessor/wgsl-preprocessor.js' {
  /** Template tag that resolves `#if`, `#elif`, `#else` and `#endif`, whose conditions are template holes. */
  export function wgsl(strings: readonly string[], ...values: readonly unknown[]): string;
}
