// TX neighbouring positions of the result, for weight.wgsl.
#repeat s ${SPAN}
      let inside$s = x + $su < WIDTH;
      let x$s = select(0u, x + $su, inside$s) * ${X_STRIDE};
#end
#repeat i ${TM}
#repeat j ${TX}
      let g$i_$j = in1(d$i + gradient + (v + $ju) * ${GRADIENT_X});
#end
#end
#repeat t ${TC}
#repeat k ${TAPS_Y}
#repeat s ${SPAN}
#if ${PADDED}
      let v$t_$k_$s = select(0f, in0(i$t + line$k + x$s), above$k & inside$s);
#else
      let v$t_$k_$s = in0(i$t + line$k + x$s);
#endif
#end
#repeat i ${TM}
#repeat l ${TAPS_X}
#repeat j ${TX}
      c$i_$t_$k_$l += g$i_$j * v$t_$k_$(j*${STEP_X}+l*${DILATION_X});
#end
#end
#end
#end
#end
