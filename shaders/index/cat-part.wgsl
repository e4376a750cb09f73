  if (position < ${END}u) {
    return in${K}(part${K}_at(e));
  }
