#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sbom.sh [FILE]: what build/release/warren consists of and what it opens, as SPDX 2.3 JSON
# (build/release/warren.spdx.json), by the program itself and by dpkg: the same program, the same bytes.
set -eu -o pipefail
. "$(dirname "$0")/common.bash"

warren=${WARREN:-$TOP/build/release/warren}

# Debian's short names of licences that have another one in SPDX. Without a machine-readable file: unknown.
licence()
{
	local file=/usr/share/doc/$1/copyright

	grep -q '^Format:.*copyright-format' "$file" 2>/dev/null || { say NOASSERTION; return; }
	awk '/^Files:/ { all = $2 == "*" } all && sub(/^License: */, "") { print; exit }' "$file" | sed -E \
		-e 's/BSD-3-clause/BSD-3-Clause/g; s/\bor\b/OR/g; s/\band\b/AND/g; s/Expat/MIT/g' \
		-e 's/\b(L?GPL-[0-9.]+)\+/\1-or-later/g; s/\b(L?GPL-[0-9.]+)( |$)/\1-only\2/g' \
		-e 's/\b(L?GPL-[0-9])-o/\1.0-o/g' | grep -E '^[A-Za-z0-9. -]+$' || say NOASSERTION
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }
# A file may be known by its path before /lib became a link.
package_of() { { dpkg -S "$1" 2>/dev/null || dpkg -S "${1#/usr}"; } | sed -n '1s/:.*//p'; }

# library RELATION FILE: an object in a line.
library()
{
	local file package version

	file=$(realpath "$2")
	package=$(package_of "$file")
	version=$(dpkg-query -W -f '${Version}\n' "$package" | head -n 1)
	jq -n -c --arg relation "$1" --arg file "$(basename "$file")" --arg package "$package" --arg sum "$(digest "$file")" \
		--arg version "$version" --arg arch "$(dpkg --print-architecture)" --arg licence "$(licence "$package")" '
		{relation: $relation, package: {name: $package, SPDXID: ("SPDXRef-" + ($package | gsub("[^A-Za-z0-9.]"; "-"))),
			versionInfo: $version, packageFileName: $file, supplier: "Organization: Debian",
			downloadLocation: "NOASSERTION", filesAnalyzed: false,
			licenseConcluded: "NOASSERTION", licenseDeclared: $licence, copyrightText: "NOASSERTION", checksums: [{algorithm: "SHA256", checksumValue: $sum}],
			externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
				referenceLocator: "pkg:deb/debian/\($package)@\($version | @uri)?arch=\($arch)"}]}}'
}

# What it needs when it starts, what it opens by name, and the archives that it was linked with.
libraries()
{
	local needed archives name

	needed=$(readelf -W -d "$warren" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
	archives=$(sed -n 's/^[A-Z]*_LIB:FILEPATH=\(.*\.a\)$/\1/p' "$(dirname "$warren")/CMakeCache.txt")
	for name in $needed; do
		library DYNAMIC_LINK "$(cc -print-file-name="$name")"
	done
	for name in $(strings -a "$warren" | grep -x -E 'lib[a-z0-9_]+\.so\.[0-9]+' | grep -v -x -F "$needed"); do
		library OPTIONAL_DEPENDENCY_OF "$(cc -print-file-name="$name")"
	done
	for name in $archives; do
		library STATIC_LINK "$name"
	done
}

document()
{
	jq -s --arg version "$("$warren" --version | sed -n '1s/.* //p')" --arg sum "$(digest "$warren")" \
		--argjson time "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y "$warren")}" '
		"SPDXRef-warren" as $warren | {
		spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "warren-\($version)",
		documentNamespace: "https://spdx.org/spdxdocs/warren-\($version)-\($sum)",
		creationInfo: {created: ($time | todate), creators: ["Tool: warren-sbom"]},
		packages: ([{name: "warren", SPDXID: $warren, versionInfo: $version, packageFileName: "warren",
			downloadLocation: "NOASSERTION", filesAnalyzed: false, licenseConcluded: "Apache-2.0",
			licenseDeclared: "Apache-2.0", copyrightText: "NOASSERTION", primaryPackagePurpose: "APPLICATION",
			checksums: [{algorithm: "SHA256", checksumValue: $sum}]}] + map(.package)),
		relationships: ([["SPDXRef-DOCUMENT", "DESCRIBES", $warren]]
			+ map(if .relation | endswith("_OF") then [.package.SPDXID, .relation, $warren]
				else [$warren, .relation, .package.SPDXID] end)
			| map({spdxElementId: .[0], relationshipType: .[1], relatedSpdxElement: .[2]}))}'
}

# What SPDX 2.3 demands, as far as it is used here.
valid()
{
	jq -e '([.SPDXID] + [.packages[].SPDXID]) as $ids
		| .spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and (.name | length) > 0
		and (.documentNamespace | test("^https://[^#]+$")) and (.creationInfo.creators | length) > 0
		and (.creationInfo.created | test("^[0-9-]{10}T[0-9:]{8}Z$")) and (.packages | length) > 1
		and ($ids | length == (unique | length)) and all($ids[]; test("^SPDXRef-[A-Za-z0-9.-]+$"))
		and all(.packages[]; (.name | length) > 0 and (.versionInfo | length) > 0 and .downloadLocation != null
			and (.licenseDeclared | length) > 0 and all(.checksums[]; .checksumValue | test("^[0-9a-f]{64}$")))
		and all(.relationships[]; [.spdxElementId, .relatedSpdxElement] | inside($ids))' "$1" >/dev/null
}

command -v dpkg >/dev/null || die "this asks dpkg what a file belongs to"
need_packages jq binutils
[ -n "${WARREN:-}" ] || build_release
output=${1:-${warren%/*}/warren.spdx.json}
libraries | document >"$output"
valid "$output" || die "$output is not what SPDX 2.3 demands"
jq -r '.packages[] | "\(.name)\t\(.versionInfo)\t\(.licenseDeclared)\t\(.packageFileName)"' "$output"
say "$output"
