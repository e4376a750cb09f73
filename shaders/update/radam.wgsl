// Rectified Adam: the second moment counts once enough steps have been seen to know its variance.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  e.exp_avg += ${REST1} * (e.g - e.exp_avg);
  e.exp_avg_sq = ${BETA2} * e.exp_avg_sq + ${REST2} * e.g * e.g;
  let rectified = ${RECTIFIED};
  var direction = lr * (e.exp_avg / ${CORRECTION1});
  if (rectified > 0.0) {
    direction *= rectified / (precise_sqrt(e.exp_avg_sq) + ${EPS});
  }
  e.p -= direction;
  return e;
}
