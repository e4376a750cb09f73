// Resilient backpropagation: signs of gradients alone, and a step size of each parameter's own.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  let agreement = sign_of(e.g) * sign_of(e.prev);
  let change = select(select(1.0, ${SHRINK}, agreement < 0.0), ${GROW}, agreement > 0.0);
  e.step_size = clamp(e.step_size * change, ${LEAST}, ${MOST});
  e.prev = select(e.g, 0.0, agreement < 0.0);
  e.p -= sign_of(e.prev) * e.step_size;
  return e;
}
