#!/usr/bin/env bash
# Writes the test vectors of tests/Vectors anew, and the hashes of their keys that nodes refuse. Run twice, it changes nothing: keys, times and signatures are fixed.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

export CROSSPROVINCE_WRITE_VECTORS=$PWD
dotnet test tests/CrossProvince.Core.Tests -v q --filter 'FullyQualifiedName=CrossProvince.Core.Tests.Vectors.CodeVectorTests.Write'
