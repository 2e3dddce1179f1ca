‚
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
shapeshape:"serve*2.18.02v2.18.0-rc2-4-g6550e4bd8028 
>
in_floatPlaceholder*
_output_shapes
:*
dtype0
?
	in_doublePlaceholder*
_output_shapes
:*
dtype0
>
in_int32Placeholder*
_output_shapes
:*
dtype0
>
in_int64Placeholder*
_output_shapes
:*
dtype0	
=
in_boolPlaceholder*
_output_shapes
:*
dtype0

?
	in_stringPlaceholder*
_output_shapes
:*
dtype0
B
	out_floatIdentityin_float*
T0*
_output_shapes
:
D

out_doubleIdentity	in_double*
T0*
_output_shapes
:
B
	out_int32Identityin_int32*
T0*
_output_shapes
:
B
	out_int64Identityin_int64*
T0	*
_output_shapes
:
@
out_boolIdentityin_bool*
T0
*
_output_shapes
:
D

out_stringIdentity	in_string*
T0*
_output_shapes
:"Ê*U
boolM

x
	in_bool:0

y

out_bool:0
tensorflow/serving/predict*[
doubleQ

x
in_double:0
y
out_double:0tensorflow/serving/predict*X
floatO

x

in_float:0
y
out_float:0tensorflow/serving/predict*X
int32O

x

in_int32:0
y
out_int32:0tensorflow/serving/predict*X
int64O

x

in_int64:0	
y
out_int64:0	tensorflow/serving/predict*–
serving_default‚

bool
	in_bool:0


double
in_double:0

float

in_float:0

int32

in_int32:0

int64

in_int64:0	

string
in_string:0
bool

out_bool:0

double
out_double:0
float
out_float:0
int32
out_int32:0
int64
out_int64:0	
string
out_string:0tensorflow/serving/predict*[
stringQ

x
in_string:0
y
out_string:0tensorflow/serving/predict