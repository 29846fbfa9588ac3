// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"crypto/subtle"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Account contains the simulator's counts of an account's requests.
type Account struct {
	// Name is the account's name. It is the customer ID unless SetAccount set another
	// name.
	Name string `json:"name"`
	// CustomerIDs are the credentials of the account.
	CustomerIDs []string `json:"customerIds"`
	// RequestsPerSecond is the current limit. Negative means no limit.
	RequestsPerSecond int `json:"requestsPerSecond"`
	// Requests is the number of authenticated requests that arrived.
	Requests int `json:"requests"`
	// RateLimited is the number of requests answered with 429.
	RateLimited int `json:"rateLimited"`
}

// accounts are the credentials and the limits of the accounts that they belong to.
type accounts struct {
	options Options

	mu          sync.Mutex
	credentials map[string]credential // by customer ID
	limits      map[string]*rateLimit // by account
}

type credential struct {
	secret  string
	account string
}

func newAccounts(options Options) *accounts {
	a := &accounts{options: options, credentials: map[string]credential{}, limits: map[string]*rateLimit{}}
	for customerID, secret := range options.Credentials {
		a.set(customerID, secret)
	}
	return a
}

func (a *accounts) set(customerID, secret string) {
	a.credentials[customerID] = credential{secret: secret, account: a.accountOf(customerID)}
}

// accountOf returns the account of a customer ID. Without another account, the customer
// ID is its own account.
func (a *accounts) accountOf(customerID string) string {
	if known, ok := a.credentials[customerID]; ok {
		return known.account
	}
	return customerID
}

func (a *accounts) limitOf(account string) *rateLimit {
	limit, ok := a.limits[account]
	if !ok {
		limit = &rateLimit{limit: a.options.RequestsPerSecond}
		a.limits[account] = limit
	}
	return limit
}

// authenticate returns the customer ID and the account of a request, or a refusal.
func (a *accounts) authenticate(r *http.Request) (customerID, account string, refusal *reply) {
	if r.Header.Get("Authorization") == "" {
		return "", "", gatewayReply(http.StatusUnauthorized, "Unauthorized")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	id, secret, ok := r.BasicAuth()
	known, exists := a.credentials[id]
	if !ok || !exists || subtle.ConstantTimeCompare([]byte(secret), []byte(known.secret)) != 1 {
		return "", "", invalidCredentials()
	}
	return id, known.account, nil
}

// admit applies the limit of an account to a new request, and returns the refusal if
// there is one.
func (a *accounts) admit(account string, at time.Time) *reply {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.limitOf(account).admit(at)
}

func invalidCredentials() *reply {
	return gatewayReply(http.StatusUnauthorized, "Invalid authentication credentials")
}

// SetCredential adds a credential, or replaces the secret of a customer ID.
func (a *accounts) SetCredential(customerID, secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.set(customerID, secret)
}

// RemoveCredential removes a customer ID.
func (a *accounts) RemoveCredential(customerID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.credentials, customerID)
}

// SetAccount assigns a known customer ID to an account. All credentials of an account
// share one limit. An unknown customer ID is ignored.
func (a *accounts) SetAccount(customerID, account string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.credentials[customerID]; ok {
		known.account = account
		a.credentials[customerID] = known
	}
}

// SetRequestsPerSecond changes the limit of the account that the customer ID belongs to.
// Zero means the simulator's default, and negative means no limit.
func (a *accounts) SetRequestsPerSecond(customerID string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n == 0 {
		n = a.options.RequestsPerSecond
	}
	a.limitOf(a.accountOf(customerID)).limit = n
}

// Accounts returns the accounts that have a credential, sorted by name.
func (a *accounts) Accounts() []Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	customerIDs := map[string][]string{}
	for _, customerID := range slices.Sorted(maps.Keys(a.credentials)) {
		account := a.credentials[customerID].account
		customerIDs[account] = append(customerIDs[account], customerID)
	}
	accounts := []Account{}
	for _, name := range slices.Sorted(maps.Keys(customerIDs)) {
		limit := a.limitOf(name)
		accounts = append(accounts, Account{
			Name: name, CustomerIDs: customerIDs[name], RequestsPerSecond: limit.limit,
			Requests: limit.arrivals, RateLimited: limit.refusals,
		})
	}
	return accounts
}
