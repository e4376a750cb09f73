// Adam with Nesterov momentum.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  e.exp_avg += ${REST1} * (e.g - e.exp_avg);
  e.exp_avg_sq = ${BETA2} * e.exp_avg_sq + ${REST2} * e.g * e.g;
  let denominator = precise_sqrt(e.exp_avg_sq / ${CORRECTION2}) + ${EPS};
  // The rate is in both step sizes.
  e.p -= ${GRAD_STEP} * e.g / denominator;
  e.p -= ${MEAN_STEP} * e.exp_avg / denominator;
  return e;
}
