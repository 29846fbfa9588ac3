// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/spdxlib"
)

// license is the SPDX identifier of the project's license.
const license = "Apache-2.0"

// unknown is SPDX's value for unspecified information.
const unknown = "NOASSERTION"

// SoftwareBill returns a list of the software in a program, as SPDX 2.3 in JSON. It reads the
// modules from the build information in the binary. beside are modules that are shipped with
// the program.
func SoftwareBill(identity Identity, name string, platform Platform, binary File, beside ...debug.Module) ([]byte, error) {
	build, err := buildinfo.Read(bytes.NewReader(binary.Content))
	if err != nil {
		return nil, fmt.Errorf("read what %s is built from: %w", name, err)
	}
	digest := sha256.Sum256(binary.Content)
	title := strings.Join([]string{name, identity.Version, platform.OS, platform.Architecture}, "-")
	program := programPackage(identity, name, build.Main.Path, hex.EncodeToString(digest[:]), binary.Path)
	document := &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: title,
		// The namespace must be unique. The digest distinguishes different binaries.
		DocumentNamespace: fmt.Sprintf("https://cloudrecording.dev/spdx/%s-%x", title, digest),
		CreationInfo: &v2_3.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "cloudrecording.dev/operator/hack/release"}},
			Created:  identity.Time.UTC().Format(time.RFC3339),
		},
		Packages:      []*v2_3.Package{program},
		Relationships: []*v2_3.Relationship{relationship("DOCUMENT", common.TypeRelationshipDescribe, program.PackageSPDXIdentifier)},
	}
	for _, module := range linkedModules(build, identity.Version) {
		add(document, program, common.TypeRelationshipDependsOn, module)
	}
	for _, module := range beside {
		add(document, program, common.TypeRelationshipContains, module)
	}
	if err := spdxlib.ValidateDocument(document); err != nil {
		return nil, fmt.Errorf("check the list of software of %s: %w", name, err)
	}
	var text bytes.Buffer
	if err := spdxjson.Write(document, &text, spdxjson.Indent("  ")); err != nil {
		return nil, fmt.Errorf("write the list of software of %s: %w", name, err)
	}
	return text.Bytes(), nil
}

// linkedModules returns the modules in a program. It includes the standard library as stdlib,
// its name in Go's vulnerability database.
func linkedModules(build *debug.BuildInfo, version string) []debug.Module {
	modules := []debug.Module{{Path: "stdlib", Version: strings.TrimPrefix(build.GoVersion, "go")}}
	for _, module := range build.Deps {
		switch {
		case module.Replace == nil:
			modules = append(modules, *module)
		case module.Replace.Version == "":
			// It is in a folder of this repository, and so has the release's version.
			modules = append(modules, debug.Module{Path: module.Path, Version: version})
		default:
			modules = append(modules, *module.Replace)
		}
	}
	return modules
}

func programPackage(identity Identity, name, module, digest, file string) *v2_3.Package {
	program := newPackage(debug.Module{Path: module, Version: identity.Version})
	program.PackageName = name
	program.PackageSPDXIdentifier = "Program"
	program.PackageFileName = file
	program.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: digest}}
	program.PackageLicenseDeclared = license
	program.PrimaryPackagePurpose = "APPLICATION"
	program.PackageSourceInfo = "Built from commit " + identity.Commit + "."
	return program
}

func add(document *v2_3.Document, program *v2_3.Package, related string, module debug.Module) {
	added := newPackage(module)
	added.PackageSPDXIdentifier = common.ElementID(fmt.Sprintf("Module-%d", len(document.Packages)))
	added.PrimaryPackagePurpose = "LIBRARY"
	document.Packages = append(document.Packages, added)
	document.Relationships = append(document.Relationships,
		relationship(program.PackageSPDXIdentifier, related, added.PackageSPDXIdentifier))
}

// newPackage returns a package with the fields that SPDX requires, and the URL with which
// scanners identify it.
func newPackage(module debug.Module) *v2_3.Package {
	return &v2_3.Package{
		PackageName: module.Path, PackageVersion: module.Version,
		PackageSupplier:         &common.Supplier{Supplier: unknown},
		PackageDownloadLocation: unknown,
		PackageLicenseConcluded: unknown, PackageLicenseDeclared: unknown, PackageCopyrightText: unknown,
		PackageExternalReferences: []*v2_3.PackageExternalReference{{
			Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: packageURL(module),
		}},
	}
}

// packageURL returns the package URL of a module, as its specification requires: in lower case,
// and with the + of a version escaped.
func packageURL(module debug.Module) string {
	locator := "pkg:golang/" + strings.ToLower(module.Path)
	if module.Version != "" {
		locator += "@" + url.QueryEscape(module.Version)
	}
	return locator
}

func relationship(from common.ElementID, kind string, to common.ElementID) *v2_3.Relationship {
	return &v2_3.Relationship{
		RefA: common.MakeDocElementID("", string(from)), Relationship: kind, RefB: common.MakeDocElementID("", string(to)),
	}
}
