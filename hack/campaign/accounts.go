// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// account is one of Agora's accounts.
type account struct {
	name  string
	appID string
	// limit is how many requests a second it may send.
	limit int
	// customers are its credentials that the operator knows.
	customers []string
	// named says that its Secrets name the account.
	named bool
	// share is what the Secrets say of the limit, where the operators of several
	// shards use the account; zero if one may use all of it.
	share int
	// silent says that Agora sends no notifications: an App ID has one address for
	// them, and the recordings are not of one shard.
	silent bool
	// others is a customer ID by which others use it too; empty for none.
	otherClients string
}

// secretName is a Secret with credentials.
type secretName struct{ namespace, name string }

func (n secretName) String() string { return n.namespace + "/" + n.name }

// place is where the credentials of a customer stand.
type place struct {
	secret   secretName
	account  string
	customer string
}

// The namespaces. One of them is deleted with everything in it.
const (
	namespaceA    = "team-a"
	namespaceB    = "team-b"
	namespaceC    = "team-c"
	namespaceGone = "team-gone"

	operatorNamespace = "operator"
)

func namespaces() []string { return []string{namespaceA, namespaceB, namespaceC, namespaceGone} }

// raised is the account whose limit Agora has raised.
const raised = "charlie"

// divided is the account that the operators of two shards share.
const divided = "echo"

// accounts returns those that there are: one with the usual limit whose
// credentials stand in two namespaces, one of which several credentials share a
// budget by its name, one with a raised limit, one that others use too, and one
// that two shards share.
func accounts() []account {
	return []account{
		{name: "alpha", appID: "a1fa0000000000000000000000000000", limit: 10, customers: []string{"alpha-1"}},
		{name: "bravo", appID: "b2ab0000000000000000000000000000", limit: 10, customers: []string{"bravo-1", "bravo-2"}, named: true},
		{name: raised, appID: "c3a20000000000000000000000000000", limit: 100, customers: []string{"charlie-1"}},
		{name: "delta", appID: "d4e10000000000000000000000000000", limit: 10, customers: []string{"delta-1"}, otherClients: "delta-others"},
		{name: divided, appID: "e5c40000000000000000000000000000", limit: 10, share: 5, customers: []string{"echo-1"}, silent: true},
	}
}

// places returns where the credentials stand.
func places() []place {
	return []place{
		{secretName{namespaceA, "alpha"}, "alpha", "alpha-1"},
		{secretName{namespaceB, "alpha"}, "alpha", "alpha-1"},
		{secretName{namespaceB, "bravo-1"}, "bravo", "bravo-1"},
		{secretName{namespaceB, "bravo-2"}, "bravo", "bravo-2"},
		{secretName{namespaceA, "charlie"}, "charlie", "charlie-1"},
		{secretName{namespaceC, "charlie"}, "charlie", "charlie-1"},
		{secretName{namespaceGone, "charlie"}, "charlie", "charlie-1"},
		{secretName{namespaceC, "delta"}, "delta", "delta-1"},
		{secretName{namespaceGone, "delta"}, "delta", "delta-1"},
		{secretName{namespaceB, divided}, divided, "echo-1"},
	}
}

// placeOf returns the first place of an account.
func placeOf(account string) place {
	all := places()
	return all[slices.IndexFunc(all, func(p place) bool { return p.account == account })]
}

func accountOf(name string) account {
	all := accounts()
	return all[slices.IndexFunc(all, func(a account) bool { return a.name == name })]
}

// vault holds the secrets that are valid, and every one that ever was. It is
// safe for concurrent use.
type vault struct {
	mu   sync.Mutex
	seed uint64
	made int
	// customers are the present secrets by customer ID; receivers those that
	// sign an account's notifications.
	customers map[string]string
	receivers map[string]string
	// signing are all that ever signed notifications.
	signing []string
	all     map[string]string // what each is, by the secret

	// token joins every channel, and writerKey writes into the bucket.
	token, writerKey string
}

// writerID is the access key that goes with the vault's writerKey.
const writerID = "recorder"

func newVault(seed uint64) *vault {
	v := &vault{seed: seed, customers: map[string]string{}, receivers: map[string]string{}, all: map[string]string{}}
	for _, a := range accounts() {
		v.renewReceiver(a.name)
		for _, customer := range a.customers {
			v.renewCustomer(customer)
		}
		if a.otherClients != "" {
			v.renewCustomer(a.otherClients)
		}
	}
	v.token, v.writerKey = v.make("token of the channels"), v.make("secret key that writes to the bucket")
	return v
}

// wrong makes a secret that opens nothing.
func (v *vault) wrong(what string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.make("wrong " + what)
}

// opens says whether a start has what its recorder needs. Pages need no token.
func (v *vault) opens(request agorasim.StartRequest) bool {
	return (request.Token == "" || request.Token == v.token) && request.AccessKey == writerID && request.SecretKey == v.writerKey
}

// renewCustomer gives a customer another secret.
func (v *vault) renewCustomer(customer string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	secret := v.make("customer secret of " + customer)
	v.customers[customer] = secret
	authorization := base64.StdEncoding.EncodeToString([]byte(customer + ":" + secret))
	v.all[authorization] = "Authorization of " + customer
	return secret
}

// renewReceiver gives an account's notifications another secret.
func (v *vault) renewReceiver(account string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.receivers[account] = v.make("notification secret of " + account)
	v.signing = append(v.signing, v.receivers[account])
}

// signed says whether Agora has signed a notification.
func (v *vault) signed(header http.Header, body []byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.signing, func(secret string) bool { return notify.IsSigned(header, body, secret) })
}

func (v *vault) make(what string) string {
	v.made++
	secret := fmt.Sprintf("s3cr3t-%x-%04d", v.seed, v.made)
	v.all[secret] = what
	return secret
}

// add keeps a secret that comes from elsewhere.
func (v *vault) add(secret, what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all[secret] = what
}

func (v *vault) customer(id string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.customers[id]
}

func (v *vault) receiver(account string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.receivers[account]
}

// isValid says whether Agora accepts a pair at the moment.
func (v *vault) isValid(customer, secret string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return secret != "" && v.customers[customer] == secret
}

// secrets returns every secret that there ever was, and what it is.
func (v *vault) secrets() map[string]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.all)
}
