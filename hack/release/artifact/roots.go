// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"runtime/debug"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// rootsModule is the module with Mozilla's root certificates. Go's maintainers update it. Its
// version is pinned in go.mod, with a checksum in go.sum.
const rootsModule = "golang.org/x/crypto/x509roots/fallback"

// rootsPath is the first path at which Go looks for root certificates on Linux.
const rootsPath = "etc/ssl/certs/ca-certificates.crt"

// Roots returns the file of root certificates.
//
// Mozilla trusts some of them only for certificates that were issued before a date. The file
// format cannot express that. They are included nevertheless, because certificates that they
// issued earlier are still in use.
func Roots() (File, error) {
	var content bytes.Buffer
	for root := range bundle.Roots() {
		if err := pem.Encode(&content, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return File{}, fmt.Errorf("write a root certificate: %w", err)
		}
	}
	return File{Path: rootsPath, Mode: Readable, Content: content.Bytes()}, nil
}

// RootsModule returns the module of the root certificates with its version.
func RootsModule() (debug.Module, error) {
	build, _ := debug.ReadBuildInfo()
	if build != nil {
		for _, module := range build.Deps {
			if module.Path == rootsModule {
				return *module, nil
			}
		}
	}
	return debug.Module{}, fmt.Errorf("this program does not say which version of %s it has", rootsModule)
}
