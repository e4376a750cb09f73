// Number e of a packed matrix: a product's weights for step k of output u in bank g, neighbours in u side by side; VECTOR: four
// steps of each together.
fn ${NAME}(e: u32) -> f32 {
#if ${VECTOR}
  let at = e / 4u;
  let k = at / ${PER_STEP}u * 4u + e % 4u;
#else
  let at = e;
  let k = at / ${PER_STEP}u;
#endif
  let u = at % ${OUTPUTS}u;
  let g = at / ${OUTPUTS}u % ${BANKS}u;
  if (k >= ${STEPS}u) {
    return 0.0;
  }
  return in${OPERAND}(${NAME}_at(g * ${BANK_STRIDE}u + u * ${OUTPUT_STRIDE}u + k * ${STEP_STRIDE}u));
}
