// Adam with the maximum norm.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  e.exp_avg += ${REST1} * (e.g - e.exp_avg);
  e.exp_inf = nan_max(${BETA2} * e.exp_inf, abs(e.g) + ${EPS});
  e.p -= lr / ${CORRECTION1} * e.exp_avg / e.exp_inf;
  return e;
}
