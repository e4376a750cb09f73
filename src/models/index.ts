/** Models, in plain readable code: take them as they are, or as a start for your own. */
export { Bert, type BertConfig, type BertForwardOptions, type BertResult, meanPooling } from './bert.ts';
export { type GenerateOptions, generate, type LanguageModel } from './generate.ts';
export { GPT2, type GPT2Config, type LanguageModelForwardOptions } from './gpt2.ts';
export { Llama, type LlamaConfig } from './llama.ts';
export {
  RecurrentCache,
  RecurrentClassifier,
  type RecurrentClassifierConfig,
  type RecurrentForwardOptions,
  RecurrentLanguageModel,
  type RecurrentModelConfig,
} from './recurrent.ts';
export {
  PositionalEncoding,
  type Seq2SeqForwardOptions,
  Seq2SeqTransformer,
  type Seq2SeqTransformerConfig,
  TransformerPredictor,
  type TransformerPredictorConfig,
} from './transformer.ts';
export {
  VisionTransformer,
  type VisionTransformerConfig,
  type VisionTransformerOptions,
  vitBase16,
  vitSmall16,
  vitTiny16,
} from './vit.ts';
