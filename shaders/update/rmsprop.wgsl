// RMSprop, centered and with momentum or without.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  let rest = ${REST};
  let factor = ${FACTOR};
  e.square_avg = ${ALPHA} * e.square_avg + rest * e.g * e.g;
  var square = e.square_avg;
#if ${CENTERED}
  e.grad_avg += rest * (e.g - e.grad_avg);
  square -= e.grad_avg * e.grad_avg;
#endif
  var direction = e.g / (precise_sqrt(square) + ${EPS});
#if ${MOMENTUM}
  e.momentum_buffer = factor * e.momentum_buffer + direction;
  direction = e.momentum_buffer;
#endif
  e.p -= lr * direction;
  return e;
}
