// Averaged stochastic gradient descent. The rate eta falls by a rule of its own.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  let mu = ${MU};
  e.p = ${KEPT} * e.p - ${ETA} * e.g;
  e.ax = select(e.ax + mu * (e.p - e.ax), e.p, mu == 1.0);
  return e;
}
