/** Models, in plain readable code: take them as they are, or as a start for your own. */
export { type GenerateOptions, generate, type LanguageModel } from './generate.ts';
export { GPT2, type GPT2Config, type LanguageModelForwardOptions } from './gpt2.ts';
export { Llama, type LlamaConfig } from './llama.ts';
