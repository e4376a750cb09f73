// Lion: the sign of one average, and another one for memory.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  e.p -= lr * sign_of(${BETA1} * e.exp_avg + ${REST1} * e.g);
  e.exp_avg = ${BETA2} * e.exp_avg + ${REST2} * e.g;
  return e;
}
