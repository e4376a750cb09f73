import { noGrad, type Tensor } from 'lumigrad';

/** The share of labels that get the highest score. Reads one number, at the end. */
export async function accuracyOf(
  model: { forward(images: Tensor): Tensor; train(mode: boolean): unknown },
  loader: AsyncIterable<readonly [images: Tensor, labels: Tensor]>,
): Promise<number> {
  model.train(false);
  let right: Tensor | null = null;
  let count = 0;
  for await (const [images, labels] of loader) {
    const found = noGrad(() => model.forward(images).argmax(1).eq(labels).float().sum());
    right = right ? right.add(found) : found;
    count += labels.shape[0]!;
  }
  model.train(true);
  return right ? (await right.item()) / count : Number.NaN;
}
