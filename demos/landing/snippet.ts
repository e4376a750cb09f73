import { functional, tensor } from 'lumigrad';
import * as nn from 'lumigrad/nn';
import * as optim from 'lumigrad/optim';

export async function fitLine(print: (line: string) => void) {
  const x = tensor([[0], [1], [2], [3]], { dtype: 'float32' });
  const y = x.mul(3).sub(1);
  const model = new nn.Linear(1, 1);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });

  for (let step = 0; step <= 100; step++) {
    const loss = functional.mseLoss(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    if (step % 25 === 0) print(`loss ${await loss.item()}`);
  }
  print(`weight ${await model.weight.item()}`);
  print(`bias ${await model.bias!.item()}`);
}
