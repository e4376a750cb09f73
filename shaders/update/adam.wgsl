// Adam, AdamW and AMSGrad.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  e.exp_avg += ${REST1} * (e.g - e.exp_avg);
  e.exp_avg_sq = ${BETA2} * e.exp_avg_sq + ${REST2} * e.g * e.g;
#if ${AMSGRAD}
  e.max_exp_avg_sq = nan_max(e.max_exp_avg_sq, e.exp_avg_sq);
  let square = e.max_exp_avg_sq;
#else
  let square = e.exp_avg_sq;
#endif
  let denominator = precise_sqrt(square) / precise_sqrt(${CORRECTION2}) + ${EPS};
  e.p -= lr / ${CORRECTION1} * e.exp_avg / denominator;
  return e;
}
