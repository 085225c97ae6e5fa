#!/usr/bin/env bash
# Packs HrmGen, and builds and runs a stranger's project against the packages. Prints "N passed, N failed".
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
# A version of its own for every run: the package cache never serves an older one.
version="0.1.0-check.$(date +%Y%m%d%H%M%S).$$"
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
trap 'rm -rf "$work" "$packages"/hrmgen*/"$version"' EXIT
passed=0 failed=0
check() { # name, command...
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok: $name"
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
    tail -n 40 "$work/log"
  fi
}

for project in runtime/HrmGen.csproj runtime/packages/HrmGen.Cpu runtime/packages/HrmGen.Cuda; do
  check "pack $project" dotnet pack "$root/$project" -c Release -p:Version="$version" -o "$work/feed"
done

mkdir "$work/consumer"
cp "$root"/tests/package/{Consumer.csproj,Program.cs,tiny.hrm.yaml} "$work/consumer/"
cd "$work/consumer" || exit 1
# Beside the feeds that this machine is set up for.
feed="-p:RestoreAdditionalProjectSources=$work/feed"
check "build against the packages" dotnet build -c Release -p:HrmGenVersion="$version" "$feed"
check "run" dotnet bin/Release/net10.0/Consumer.dll
check "the compiler's dependencies stay out of the output" bash -c 'ls bin/Release/net10.0/Consumer.dll && ! ls bin/Release/net10.0 | grep -q -e YamlDotNet -e HrmGen.Compiler -e HrmGen.Generator'
rm -rf bin obj
check "without a backend the build names the line to add" bash -c \
  "dotnet build -c Release -p:HrmGenVersion=$version -p:WithBackend=false -p:TreatWarningsAsErrors=false '$feed' | grep -q 'HRMGEN001.*HrmGen.Cpu'"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
