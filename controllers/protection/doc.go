// SPDX-License-Identifier: Apache-2.0

// Package protection keeps Secrets as long as recordings need them. The deletion of a namespace
// deletes Secrets and recordings alike, and a recording cannot be stopped without its
// credentials.
package protection
