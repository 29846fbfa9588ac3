// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/objectstore"
)

// vault holds all secrets, both the valid and the earlier ones. It is safe for concurrent use.
type vault struct {
	// token joins every channel of projects without an App Certificate, and certificate signs
	// the tokens of the others. writerKey writes to the bucket, and reader reads from it.
	token, certificate, writerKey string
	reader                        objectstore.Credentials

	mu   sync.Mutex
	seed uint64
	// valid are the current secrets: customer secrets by customer ID, and notification secrets
	// by account name.
	valid map[string]string
	// signing are all secrets that ever signed notifications.
	signing []string
	// certificates are all App Certificates that were ever in a Secret.
	certificates []string
	all          map[string]string // descriptions by secret
}

// writerID is the access key of the vault's writerKey.
const writerID = "recorder"

func newVault(seed uint64, reader objectstore.Credentials, administrator string) *vault {
	v := &vault{seed: seed, reader: reader, valid: map[string]string{}, all: map[string]string{
		reader.SecretKey: "secret key of the bucket", administrator: "secret key of the S3 server's administrator",
	}}
	for _, a := range plan.Accounts() {
		v.renewReceiver(a.Name)
		for _, customer := range a.AllCustomers() {
			v.renewCustomer(customer)
		}
	}
	v.token, v.writerKey = v.make("token of the channels"), v.make("secret key that writes to the bucket")
	v.certificate = v.makeCertificate("App Certificate")
	return v
}

// make makes a secret.
func (v *vault) make(what string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	secret := fmt.Sprintf("s3cr3t-%x-%04d", v.seed, len(v.all))
	v.all[secret] = what
	return secret
}

// makeCertificate makes a secret in the form of an App Certificate.
func (v *vault) makeCertificate(what string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	digest := sha256.Sum256(fmt.Appendf(nil, "%d of %d", len(v.all), v.seed))
	certificate := hex.EncodeToString(digest[:certificateBytes])
	v.all[certificate] = what
	v.certificates = append(v.certificates, certificate)
	return certificate
}

// certificateBytes is the length of an App Certificate, which has 32 hexadecimal digits.
const certificateBytes = 16

// renewCustomer replaces the secret of a customer.
func (v *vault) renewCustomer(customer string) {
	secret := v.make("customer secret of " + customer)
	authorization := base64.StdEncoding.EncodeToString([]byte(customer + ":" + secret))
	v.mu.Lock()
	defer v.mu.Unlock()
	v.valid[customer] = secret
	v.all[authorization] = "Authorization of " + customer
}

// renewReceiver replaces the secret of an account's notifications.
func (v *vault) renewReceiver(account string) {
	secret := v.make("notification secret of " + account)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.valid[account] = secret
	v.signing = append(v.signing, secret)
}

// of returns the current secret of a customer, or of an account's notifications.
func (v *vault) of(name string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.valid[name]
}

// signed reports whether Agora signed a notification.
func (v *vault) signed(header http.Header, body []byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.signing, func(secret string) bool { return notify.IsSigned(header, body, secret) })
}

// opens reports whether a start has the secrets that its recorder needs. The simulator checks
// minted tokens. Web page recordings need no token.
func (v *vault) opens(request agorasim.StartRequest) bool {
	isAdmitted := plan.IsCertified(request.AppID) || request.Token == "" || request.Token == v.token
	return isAdmitted && request.AccessKey == writerID && request.SecretKey == v.writerKey
}

// secrets returns every secret that ever existed, with a description of each.
func (v *vault) secrets() map[string]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.all)
}

// allCertificates returns the App Certificates that were ever in a Secret.
func (v *vault) allCertificates() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.certificates)
}

// content returns the valid content of a Secret.
func (v *vault) content(secret plan.Object) map[string]string {
	switch secret.Name {
	case plan.TokenSecret:
		return map[string]string{v1alpha1.TokenKey: v.token}
	case plan.CertificateSecret:
		return map[string]string{v1alpha1.AppCertificateKey: v.certificate}
	case plan.WriterSecret:
		return map[string]string{v1alpha1.AccessKeyKey: writerID, v1alpha1.SecretKeyKey: v.writerKey}
	case plan.BucketSecret:
		return map[string]string{v1alpha1.AccessKeyKey: v.reader.AccessKey, v1alpha1.SecretKeyKey: v.reader.SecretKey}
	}
	p, _ := plan.PlaceAt(secret)
	a := plan.AccountOf(p.Account)
	data := map[string]string{
		v1alpha1.CustomerIDKey:         p.Customer,
		v1alpha1.CustomerSecretKey:     v.of(p.Customer),
		v1alpha1.NotificationSecretKey: v.of(p.Account),
	}
	if allowed := cmp.Or(a.Share, a.Limit); allowed != plan.DefaultLimit {
		data[v1alpha1.RequestsPerSecondKey] = strconv.Itoa(allowed)
	}
	if p.KeepsCertificate() {
		data[v1alpha1.AppCertificateKey] = v.certificate
	}
	if a.Named {
		data[v1alpha1.AccountKey] = a.Name
	}
	return data
}

// damaged returns the content of a damaged Secret.
func (v *vault) damaged(secret plan.Object, how plan.Variant) map[string]string {
	content := v.content(secret)
	switch how {
	case plan.Emptied:
		clear(content)
	case plan.Lacking:
		delete(content, v1alpha1.TokenKey)
		delete(content, v1alpha1.AppCertificateKey)
		delete(content, v1alpha1.SecretKeyKey)
	case plan.Wrong:
		for _, key := range []string{v1alpha1.TokenKey, v1alpha1.SecretKeyKey} {
			if _, ok := content[key]; ok {
				content[key] = v.make("wrong " + key)
			}
		}
		if _, ok := content[v1alpha1.AppCertificateKey]; ok {
			content[v1alpha1.AppCertificateKey] = v.makeCertificate("wrong App Certificate")
		}
	default:
	}
	return content
}
