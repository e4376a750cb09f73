// Stochastic gradient descent, with momentum or without.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  let factor = ${FACTOR};
  let undamped = ${UNDAMPED};
  var direction = e.g;
#if ${MOMENTUM}
  e.momentum_buffer = factor * e.momentum_buffer + undamped * e.g;
#if ${NESTEROV}
  direction += factor * e.momentum_buffer;
#else
  direction = e.momentum_buffer;
#endif
#endif
  e.p -= lr * direction;
  return e;
}
