// A running average of parameters: those of the model stand in the gradients' place.
fn advance(lr: f32, old: Element) -> Element {
  var e = old;
  e.p += ${WEIGHT} * (e.g - e.p);
  return e;
}
