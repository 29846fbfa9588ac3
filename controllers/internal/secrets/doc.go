// SPDX-License-Identifier: Apache-2.0

// Package secrets reads what recordings need from Secrets. It reads a Secret only when the
// Secret has changed, and keeps only what it has parsed.
package secrets
