// Adagrad: each parameter's rate falls with what its gradients have been.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  e.sum += e.g * e.g;
  e.p -= lr * e.g / (precise_sqrt(e.sum) + ${EPS});
  return e;
}
