// SPDX-License-Identifier: Apache-2.0

package usererror

// CertificateError says, for people, why no token can be minted from the App Certificate in
// a Secret. It does not show that.
type CertificateError string

func (e CertificateError) Error() string { return string(e) }
