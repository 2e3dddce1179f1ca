.
¤u
.
Identity

input"T
output"T"	
Ttype
C
Placeholder
output"dtype"
dtypetype"
shapeshape:"serve*2.18.02v2.18.0-rc2-4-g6550e4bd8028É
=
in_halfPlaceholder*
_output_shapes
:*
dtype0
@
out_halfIdentityin_half*
T0*
_output_shapes
:
A
in_bfloat16Placeholder*
_output_shapes
:*
dtype0
H
out_bfloat16Identityin_bfloat16*
T0*
_output_shapes
:
>
in_floatPlaceholder*
_output_shapes
:*
dtype0
B
	out_floatIdentityin_float*
T0*
_output_shapes
:
?
	in_doublePlaceholder*
_output_shapes
:*
dtype0
D

out_doubleIdentity	in_double*
T0*
_output_shapes
:
=
in_int8Placeholder*
_output_shapes
:*
dtype0
@
out_int8Identityin_int8*
T0*
_output_shapes
:
>
in_int16Placeholder*
_output_shapes
:*
dtype0
B
	out_int16Identityin_int16*
T0*
_output_shapes
:
>
in_int32Placeholder*
_output_shapes
:*
dtype0
B
	out_int32Identityin_int32*
T0*
_output_shapes
:
>
in_int64Placeholder*
_output_shapes
:*
dtype0	
B
	out_int64Identityin_int64*
T0	*
_output_shapes
:
>
in_uint8Placeholder*
_output_shapes
:*
dtype0
B
	out_uint8Identityin_uint8*
T0*
_output_shapes
:
?
	in_uint16Placeholder*
_output_shapes
:*
dtype0
D

out_uint16Identity	in_uint16*
T0*
_output_shapes
:
?
	in_uint32Placeholder*
_output_shapes
:*
dtype0
D

out_uint32Identity	in_uint32*
T0*
_output_shapes
:
?
	in_uint64Placeholder*
_output_shapes
:*
dtype0
D

out_uint64Identity	in_uint64*
T0*
_output_shapes
:
=
in_boolPlaceholder*
_output_shapes
:*
dtype0

@
out_boolIdentityin_bool*
T0
*
_output_shapes
:
?
	in_stringPlaceholder*
_output_shapes
:*
dtype0
D

out_stringIdentity	in_string*
T0*
_output_shapes
:
B
in_complex64Placeholder*
_output_shapes
:*
dtype0
J
out_complex64Identityin_complex64*
T0*
_output_shapes
:
C
in_complex128Placeholder*
_output_shapes
:*
dtype0
L
out_complex128Identityin_complex128*
T0*
_output_shapes
:
>
in_qint8Placeholder*
_output_shapes
:*
dtype0
B
	out_qint8Identityin_qint8*
T0*
_output_shapes
:
?
	in_quint8Placeholder*
_output_shapes
:*
dtype0
D

out_quint8Identity	in_quint8*
T0*
_output_shapes
:
?
	in_qint16Placeholder*
_output_shapes
:*
dtype0
D

out_qint16Identity	in_qint16*
T0*
_output_shapes
:
@

in_quint16Placeholder*
_output_shapes
:*
dtype0
F
out_quint16Identity
in_quint16*
T0*
_output_shapes
:
?
	in_qint32Placeholder*
_output_shapes
:*
dtype0
D

out_qint32Identity	in_qint32*
T0*
_output_shapes
:
D
in_float8_e5m2Placeholder*
_output_shapes
:*
dtype0
N
out_float8_e5m2Identityin_float8_e5m2*
T0*
_output_shapes
:
F
in_float8_e4m3fnPlaceholder*
_output_shapes
:*
dtype0
R
out_float8_e4m3fnIdentityin_float8_e4m3fn*
T0*
_output_shapes
:
=
in_int4Placeholder*
_output_shapes
:*
dtype0
@
out_int4Identityin_int4*
T0*
_output_shapes
:
>
in_uint4Placeholder*
_output_shapes
:*
dtype0
B
	out_uint4Identityin_uint4*
T0*
_output_shapes
:"Ê*a
bfloat16U

x
in_bfloat16:0
y
out_bfloat16:0tensorflow/serving/predict*U
boolM

x
	in_bool:0

y

out_bool:0
tensorflow/serving/predict*g

complex128Y

x
in_complex128:0
y
out_complex128:0tensorflow/serving/predict*d
	complex64W

x
in_complex64:0
y
out_complex64:0tensorflow/serving/predict*[
doubleQ

x
in_double:0
y
out_double:0tensorflow/serving/predict*p
float8_e4m3fn_

x
in_float8_e4m3fn:0 
y
out_float8_e4m3fn:0tensorflow/serving/predict*j
float8_e5m2[

x
in_float8_e5m2:0
y
out_float8_e5m2:0tensorflow/serving/predict*X
floatO

x

in_float:0
y
out_float:0tensorflow/serving/predict*U
halfM

x
	in_half:0
y

out_half:0tensorflow/serving/predict*X
int16O

x

in_int16:0
y
out_int16:0tensorflow/serving/predict*X
int32O

x

in_int32:0
y
out_int32:0tensorflow/serving/predict*U
int4M

x
	in_int4:0
y

out_int4:0tensorflow/serving/predict*X
int64O

x

in_int64:0	
y
out_int64:0	tensorflow/serving/predict*U
int8M

x
	in_int8:0
y

out_int8:0tensorflow/serving/predict*[
qint16Q

x
in_qint16:0
y
out_qint16:0tensorflow/serving/predict*[
qint32Q

x
in_qint32:0
y
out_qint32:0tensorflow/serving/predict*X
qint8O

x

in_qint8:0
y
out_qint8:0tensorflow/serving/predict*^
quint16S

x
in_quint16:0
y
out_quint16:0tensorflow/serving/predict*[
quint8Q

x
in_quint8:0
y
out_quint8:0tensorflow/serving/predict*[
stringQ

x
in_string:0
y
out_string:0tensorflow/serving/predict*[
uint16Q

x
in_uint16:0
y
out_uint16:0tensorflow/serving/predict*[
uint32Q

x
in_uint32:0
y
out_uint32:0tensorflow/serving/predict*X
uint4O

x

in_uint4:0
y
out_uint4:0tensorflow/serving/predict*[
uint64Q

x
in_uint64:0
y
out_uint64:0tensorflow/serving/predict*X
uint8O

x

in_uint8:0
y
out_uint8:0tensorflow/serving/predict