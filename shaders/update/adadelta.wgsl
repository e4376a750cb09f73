// Adadelta: steps in units of the steps before.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  let rho = ${RHO};
  let eps = ${EPS};
  let rest = ${REST};
  e.square_avg = rho * e.square_avg + rest * e.g * e.g;
  let delta = precise_sqrt(e.acc_delta + eps) / precise_sqrt(e.square_avg + eps) * e.g;
  e.acc_delta = rho * e.acc_delta + rest * delta * delta;
  e.p -= lr * delta;
  return e;
}
