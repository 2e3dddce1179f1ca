"""TensorProto: every type, both encodings, both ways, and the rules for lists that are short, long or empty."""

import ml_dtypes
import numpy as np
import requests_of as of
import tensorflow as tf
from harness import INVALID_ARGUMENT, RESOURCE_EXHAUSTED, check, equal, fails, holds
from tensorflow.core.framework import tensor_pb2, types_pb2

# By type: the field of its typed values, what numpy calls it, and some values.
INTS = [0, 1, -1, 100, -128, 127]
TYPES = {
    "float": ("float_val", np.float32, [0.0, -0.0, 1.5, np.inf, np.nan, 3e38]),
    "double": ("double_val", np.float64, [0.1, -1e300, np.nan, 5e-324]),
    "half": ("half_val", np.float16, [0.5, -65504.0, np.inf, np.nan]),
    "bfloat16": ("half_val", ml_dtypes.bfloat16, [0.5, -3e38, np.inf, np.nan]),
    "int8": ("int_val", np.int8, INTS),
    "int16": ("int_val", np.int16, INTS + [-32768, 32767]),
    "int32": ("int_val", np.int32, INTS + [-(2**31), 2**31 - 1]),
    "int64": ("int64_val", np.int64, INTS + [-(2**63), 2**63 - 1]),
    "uint8": ("int_val", np.uint8, [0, 1, 255]),
    "uint16": ("int_val", np.uint16, [0, 1, 65535]),
    "uint32": ("uint32_val", np.uint32, [0, 1, 2**32 - 1]),
    "uint64": ("uint64_val", np.uint64, [0, 1, 2**64 - 1]),
    "bool": ("bool_val", np.bool_, [True, False, True]),
    "complex64": ("scomplex_val", np.complex64, [1 + 2j, -0.5j]),
    "complex128": ("dcomplex_val", np.complex128, [0.1 + 2e300j, -1j]),
    "qint8": ("int_val", np.int8, INTS),
    "quint8": ("int_val", np.uint8, [0, 1, 255]),
    "qint16": ("int_val", np.int16, INTS + [-32768]),
    "quint16": ("int_val", np.uint16, [0, 65535]),
    "qint32": ("int_val", np.int32, INTS + [-(2**31)]),
    "int4": ("int_val", np.int8, [-8, -1, 0, 7]),
    "uint4": ("int_val", np.uint8, [0, 7, 15]),
    "float8_e5m2": ("float8_val", np.uint8, [0, 60, 188, 127]),
    "float8_e4m3fn": ("float8_val", np.uint8, [0, 56, 184, 127]),
}


def numbers(name, array):
    """The values of an array as they stand in the typed field."""
    if name in ("half", "bfloat16"):
        return array.view(np.uint16).tolist()
    if name in ("complex64", "complex128"):
        return array.view(array.real.dtype).tolist()
    return array.tolist()


def shaped(name, shape):
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DataType.Value("DT_" + name.upper()))
    proto.tensor_shape.SetInParent()
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


def typed(name, values, shape=None):
    field, kind, _ = TYPES[name]
    array = np.array(values, kind)
    proto = shaped(name, array.shape if shape is None else shape)
    if field == "float8_val":
        proto.float8_val = array.tobytes()
    else:
        getattr(proto, field).extend(numbers(name, array))
    return proto


def content(name, values):
    array = np.array(values, TYPES[name][1])
    proto = shaped(name, array.shape)
    proto.tensor_content = array.tobytes()
    return proto


def back(server, name, proto, timeout=60):
    answer = server.predictions.Predict(of.predict({"x": proto}, name="all_types", signature=name), timeout=timeout)
    return answer.outputs["y"]


def same(found, expected):
    """As bytes, since NaN is no NaN of any other."""
    equal(found.SerializeToString(deterministic=True), expected.SerializeToString(deterministic=True), str(found))


@check("T01 T07 T09 T11", "every type, typed and as content, is answered in typed values")
def every_type_typed(servers):
    for name, (_, _, values) in TYPES.items():
        for proto in [typed(name, values), content(name, values)]:
            same(back(servers.plain, name, proto), typed(name, values))


@check("T11", "with the flag, every type is answered as content")
def every_type_content(servers):
    for name, (_, _, values) in TYPES.items():
        same(back(servers.strict, name, typed(name, values)), content(name, values))


@check("T11", "what the client's own tools make, and what they read")
def tools(servers):
    for kind in [np.float32, np.float64, np.float16, ml_dtypes.bfloat16, np.int8, np.int16, np.int32, np.int64, np.uint8,
                 np.uint16, np.uint32, np.uint64, np.bool_, np.complex64, np.complex128]:
        array = np.array([[0, 1], [1, 0], [1, 1]], kind)
        name = tf.as_dtype(kind).name.replace("float32", "float").replace("float64", "double").replace("float16", "half")
        name = {"bhalf": "bfloat16"}.get(name, name)
        for server in [servers.plain, servers.strict]:
            found = tf.make_ndarray(back(server, name, tf.make_tensor_proto(array)))
            equal((found.dtype, found.tolist()), (array.dtype, array.tolist()), name)


@check("T01", "content wins over typed values")
def both(servers):
    proto = content("float", [1.0, 2.0])
    proto.float_val.extend([7.0, 8.0])
    same(back(servers.plain, "float", proto), typed("float", [1.0, 2.0]))


@check("T02", "a short list repeats its last value, for every type")
def short(servers):
    same(back(servers.plain, "float", typed("float", [3.0], [4])), typed("float", [3.0] * 4))
    for name, (_, _, values) in TYPES.items():
        same(back(servers.plain, name, typed(name, values[:2], [4])),
             typed(name, [values[0], values[1], values[1], values[1]]))


@check("T03", "an empty list stands for zeros, or for empty strings")
def empty_list(servers):
    for name in TYPES:
        zero = np.zeros(2, TYPES[name][1])
        same(back(servers.plain, name, shaped(name, [2])), typed(name, zero))
    equal(list(back(servers.plain, "string", shaped("string", [2])).string_val), [b"", b""])


@check("T04", "of a long list the first values are taken")
def surplus(servers):
    same(back(servers.plain, "float", typed("float", [1.0, 2.0, 3.0, 4.0, 5.0], [2])), typed("float", [1.0, 2.0]))


@check("T05", "content of a wrong length")
def wrong_length(servers):
    for proto in [content("float", [1.0, 2.0]), content("float", [1.0, 2.0])]:
        proto.tensor_content = proto.tensor_content[:-1]
        fails(INVALID_ARGUMENT, "tensor parsing error: x", back, servers.plain, "float", proto)
        proto.tensor_content += b"12345"
        fails(INVALID_ARGUMENT, "tensor parsing error: x", back, servers.plain, "float", proto)


@check("T06", "shapes and types that are none")
def impossible(servers):
    for shape in [[-1], [2**32, 2**32], [1] * 255]:
        fails(INVALID_ARGUMENT, "tensor parsing error: x", back, servers.plain, "float", shaped("float", shape))
    for dtype in [0, 101, 99]:
        proto = shaped("float", [0])
        proto.dtype = dtype
        fails(INVALID_ARGUMENT, "tensor parsing error: x", back, servers.plain, "float", proto)


@check("", "resources and variants are refused")
def variants(servers):
    for name in ["resource", "variant"]:
        fails(INVALID_ARGUMENT, "tensor parsing error: x", back, servers.plain, "float", shaped(name, [1]))


@check("T07", "small integers wrap, as typed values do")
def wrapping(servers):
    for name, kind in [("int8", np.int8), ("int16", np.int16), ("uint8", np.uint8), ("uint16", np.uint16)]:
        proto = shaped(name, [3])
        proto.int_val.extend([-1, 70000, -70000])
        wrapped = np.array([-1, 70000, -70000], np.int64).astype(kind)
        same(back(servers.plain, name, proto), typed(name, wrapped))


@check("T08", "strings of any bytes, typed and as content")
def strings(servers):
    values = [b"", b"\x00\xff\xfe", b"x" * 300]
    proto = shaped("string", [3])
    proto.string_val.extend(values)
    packed = shaped("string", [3])
    packed.tensor_content = bytes([0, 3, 0xAC, 0x02]) + b"".join(values)
    for sent in [proto, packed]:
        same(back(servers.plain, "string", sent), proto)
        same(back(servers.strict, "string", sent), packed)


@check("T10", "an empty tensor has a shape and no values")
def empty(servers):
    for name in [*TYPES, "string"]:
        for server in [servers.plain, servers.strict]:
            same(back(server, name, shaped(name, [0, 1])), shaped(name, [0, 1]))


@check("", "a tensor above --max_tensor_bytes is refused before anything is allocated")
def too_large(servers):
    fails(RESOURCE_EXHAUSTED, 'tensor for input "x" would take 4000000 bytes', back, servers.strict, "float",
          typed("float", [1.0], [1_000_000]))
    fails(RESOURCE_EXHAUSTED, "x", back, servers.plain, "float", typed("float", [1.0], [2**40]))
    holds(back(servers.strict, "float", typed("float", [1.0], [200_000])), "a smaller one is answered")
