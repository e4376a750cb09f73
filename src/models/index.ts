/** Models, in plain readable code: take them as they are, or as a start for your own. */
export { Bert, type BertConfig, type BertForwardOptions, type BertResult, meanPooling } from './bert.ts';
export {
  CifarResNet,
  type CifarResNetOptions,
  preactResnet20,
  preactResnet56,
  preactResnet110,
  resnet20,
  resnet56,
  resnet110,
} from './cifar-resnet.ts';
export {
  DCGANDiscriminator,
  type DCGANDiscriminatorOptions,
  DCGANGenerator,
  type DCGANGeneratorOptions,
} from './dcgan.ts';
export { DDPM, type DDPMOptions, type NoisePredictor, type SampleOptions } from './diffusion.ts';
export { DiffusionUNet, type DiffusionUNetOptions, timestepEmbedding } from './diffusion-unet.ts';
export { type GenerateOptions, generate, type LanguageModel } from './generate.ts';
export { GPT2, type GPT2Config, type LanguageModelForwardOptions } from './gpt2.ts';
export { LeNet, type LeNetOptions } from './lenet.ts';
export { Llama, type LlamaConfig } from './llama.ts';
export { loadLlama2c } from './llama2c.ts';
export { MLP, type MLPOptions } from './mlp.ts';
export { NeuralCA, type NeuralCAOptions } from './neural-ca.ts';
export {
  RecurrentCache,
  RecurrentClassifier,
  type RecurrentClassifierConfig,
  type RecurrentForwardOptions,
  RecurrentLanguageModel,
  type RecurrentModelConfig,
} from './recurrent.ts';
export { ResBlock, type ResBlockOptions } from './res-block.ts';
export {
  BasicBlock,
  Bottleneck,
  ResNet,
  type ResNetOptions,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
} from './resnet.ts';
export {
  PositionalEncoding,
  type Seq2SeqForwardOptions,
  Seq2SeqTransformer,
  type Seq2SeqTransformerConfig,
  TransformerPredictor,
  type TransformerPredictorConfig,
} from './transformer.ts';
export { UNet, type UNetOptions } from './unet.ts';
export { VAE, type VAEForwardOptions, type VAEOptions, vaeLoss } from './vae.ts';
export {
  VisionTransformer,
  type VisionTransformerConfig,
  type VisionTransformerOptions,
  vitBase16,
  vitSmall16,
  vitTiny16,
} from './vit.ts';
