// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
)

// Account is what the simulator counted of an account's requests.
type Account struct {
	// Name is the account's name: the customer ID, unless SetAccount gave another.
	Name string `json:"name"`
	// CustomerIDs are the credentials of the account.
	CustomerIDs []string `json:"customerIds"`
	// RequestsPerSecond is the limit in force; negative for none.
	RequestsPerSecond int `json:"requestsPerSecond"`
	// Requests is the number of authenticated requests that arrived.
	Requests int `json:"requests"`
	// RateLimited is the number of those answered with 429.
	RateLimited int `json:"rateLimited"`
	// MaxInAnySecond is the largest number of authenticated requests that
	// arrived in any sliding second of real time, those answered with 429
	// included.
	MaxInAnySecond int `json:"maxInAnySecond"`
}

// accountBook holds the credentials and the limits of the accounts that they
// belong to.
type accountBook struct {
	defaultLimit int
	byWorkers    int
	credentials  map[string]credential // by customer ID
	limits       map[string]*rateLimit // by account
}

type credential struct {
	secret  string
	account string
}

func newAccountBook(options Options) *accountBook {
	book := &accountBook{
		defaultLimit: options.RequestsPerSecond,
		byWorkers:    options.requestsByWorkers(),
		credentials:  map[string]credential{},
		limits:       map[string]*rateLimit{},
	}
	for customerID, secret := range options.Credentials {
		book.set(customerID, secret)
	}
	return book
}

func (b *accountBook) set(customerID, secret string) {
	account := customerID
	if known, ok := b.credentials[customerID]; ok {
		account = known.account
	}
	b.credentials[customerID] = credential{secret: secret, account: account}
}

func (b *accountBook) limitOf(account string) *rateLimit {
	limit, ok := b.limits[account]
	if !ok {
		limit = &rateLimit{limit: b.defaultLimit, byWorkers: b.byWorkers}
		b.limits[account] = limit
	}
	return limit
}

// authenticate returns the customer ID and account of a request, or the refusal.
func (b *accountBook) authenticate(r *http.Request) (customerID, account string, refusal *reply) {
	if r.Header.Get("Authorization") == "" {
		return "", "", gatewayReply(http.StatusUnauthorized, "Unauthorized")
	}
	id, secret, ok := r.BasicAuth()
	known, exists := b.credentials[id]
	if !ok || !exists || subtle.ConstantTimeCompare([]byte(secret), []byte(known.secret)) != 1 {
		return "", "", invalidCredentials()
	}
	return id, known.account, nil
}

func invalidCredentials() *reply {
	return gatewayReply(http.StatusUnauthorized, "Invalid authentication credentials")
}

// SetCredential adds a pair, or replaces the secret of a customer ID.
func (s *Simulator) SetCredential(customerID, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts.set(customerID, secret)
}

func (s *Simulator) knows(customerID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.accounts.credentials[customerID]
	return ok
}

// RemoveCredential makes a customer ID unknown.
func (s *Simulator) RemoveCredential(customerID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.accounts.credentials, customerID)
}

// SetAccount makes a known customer ID one of an account's credentials: all of
// them share one limit. An unknown customer ID is left alone.
func (s *Simulator) SetAccount(customerID, account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.accounts.credentials[customerID]; ok {
		known.account = account
		s.accounts.credentials[customerID] = known
	}
}

// SetRequestsPerSecond changes the limit of the account that the customer ID
// belongs to: zero for the simulator's default, negative for none.
func (s *Simulator) SetRequestsPerSecond(customerID string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := customerID
	if known, ok := s.accounts.credentials[customerID]; ok {
		account = known.account
	}
	if n == 0 {
		n = s.accounts.defaultLimit
	}
	s.accounts.limitOf(account).limit = n
}

// Accounts returns the accounts that have a credential, by name.
func (s *Simulator) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	byName := map[string]*Account{}
	for customerID, known := range s.accounts.credentials {
		account, ok := byName[known.account]
		if !ok {
			limit := s.accounts.limitOf(known.account)
			account = &Account{
				Name: known.account, RequestsPerSecond: limit.limit,
				Requests: limit.arrivals, RateLimited: limit.refusals, MaxInAnySecond: limit.most,
			}
			byName[known.account] = account
		}
		account.CustomerIDs = append(account.CustomerIDs, customerID)
	}
	accounts := make([]Account, 0, len(byName))
	for _, account := range byName {
		slices.Sort(account.CustomerIDs)
		accounts = append(accounts, *account)
	}
	slices.SortFunc(accounts, func(a, b Account) int { return strings.Compare(a.Name, b.Name) })
	return accounts
}
