#!/bin/sh
# What the image starts: one model, named by the environment. What follows the image's name on the command line is added; later flags win.
set -f
name=${MODEL_NAME:-model}
set -- --port=8500 --rest_api_port=8501 --model_name="$name" --model_base_path="${MODEL_BASE_PATH:-/models}/$name" \
  ${TENSORFLOW_INTRA_OP_PARALLELISM:+"--tensorflow_intra_op_parallelism=$TENSORFLOW_INTRA_OP_PARALLELISM"} \
  ${TENSORFLOW_INTER_OP_PARALLELISM:+"--tensorflow_inter_op_parallelism=$TENSORFLOW_INTER_OP_PARALLELISM"} \
  "$@"
exec /usr/bin/tensorflow_model_server "$@"
