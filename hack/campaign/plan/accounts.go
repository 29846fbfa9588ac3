// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
)

// Account is an account at Agora.
type Account struct {
	Name  string
	AppID string
	// Limit is its limit in requests per second.
	Limit int
	// Customers are the customer IDs that the operator knows.
	Customers []string
	// Named means that its Secrets name the account.
	Named bool
	// Share is the limit in its Secrets if the operators of several shards share the account.
	// It is zero if one of them may use the whole limit.
	Share int
	// Silent means that Agora sends no notifications. An App ID has a single address for them,
	// and the recordings belong to different shards.
	Silent bool
	// Certified means that its project has an App Certificate, so that joining a channel
	// requires a token that is minted from it.
	Certified bool
	// OtherClients is a customer ID that other clients of the account use. It is empty if there
	// are none.
	OtherClients string
}

// AllCustomers returns all customer IDs, including that of other clients.
func (a Account) AllCustomers() []string {
	if a.OtherClients == "" {
		return a.Customers
	}
	return append(slices.Clone(a.Customers), a.OtherClients)
}

// Object is the name of an object.
type Object struct{ Namespace, Name string }

func (o Object) String() string { return o.Namespace + "/" + o.Name }

// Place is a Secret with the credentials of a customer.
type Place struct {
	Secret   Object
	Account  string
	Customer string
}

// KeepsCertificate reports whether the credentials' Secret contains the project's App
// Certificate. Otherwise, another Secret does.
func (p Place) KeepsCertificate() bool {
	return AccountOf(p.Account).Certified && p.Secret.Namespace == NamespaceA
}

// The namespaces. NamespaceGone is deleted with everything in it.
const (
	NamespaceA    = "team-a"
	namespaceB    = "team-b"
	namespaceC    = "team-c"
	NamespaceGone = "team-gone"

	OperatorNamespace = "operator"
)

// Namespaces returns the namespaces of the objects.
func Namespaces() []string { return []string{NamespaceA, namespaceB, namespaceC, NamespaceGone} }

// The Secrets in every namespace.
const (
	BucketSecret = "bucket"
	WriterSecret = "bucket-writer"
	TokenSecret  = "token"
	// CertificateSecret contains an App Certificate.
	CertificateSecret = "app-certificate"
)

// DefaultLimit is Agora's default limit in requests per second.
const DefaultLimit = 10

// raised is the account whose limit Agora has raised.
const raised = "charlie"

// divided is the account that the operators of two shards share.
const divided = "echo"

// certified is the account whose project has an App Certificate.
const certified = "foxtrot"

// Accounts returns all accounts: one with the default limit and credentials in two namespaces,
// one with several credentials that share a budget by the account's name, one with a raised
// limit, one with other clients, one that two shards share, and one with minted tokens.
func Accounts() []Account {
	return []Account{
		{Name: "alpha", AppID: "a1fa0000000000000000000000000000", Limit: DefaultLimit, Customers: []string{"alpha-1"}},
		{Name: "bravo", AppID: "b2ab0000000000000000000000000000", Limit: DefaultLimit, Customers: []string{"bravo-1", "bravo-2"}, Named: true},
		{Name: raised, AppID: "c3a20000000000000000000000000000", Limit: 100, Customers: []string{"charlie-1"}},
		{Name: "delta", AppID: "d4e10000000000000000000000000000", Limit: DefaultLimit, Customers: []string{"delta-1"}, OtherClients: "delta-others"},
		{Name: divided, AppID: "e5c40000000000000000000000000000", Limit: DefaultLimit, Share: 5, Customers: []string{"echo-1"}, Silent: true},
		{Name: certified, AppID: "f6d50000000000000000000000000000", Limit: 100, Customers: []string{"foxtrot-1"}, Certified: true},
	}
}

// places returns the places of all credentials.
func places() []Place {
	return []Place{
		{Object{NamespaceA, "alpha"}, "alpha", "alpha-1"},
		{Object{namespaceB, "alpha"}, "alpha", "alpha-1"},
		{Object{namespaceB, "bravo-1"}, "bravo", "bravo-1"},
		{Object{namespaceB, "bravo-2"}, "bravo", "bravo-2"},
		{Object{NamespaceA, "charlie"}, "charlie", "charlie-1"},
		{Object{namespaceC, "charlie"}, "charlie", "charlie-1"},
		{Object{NamespaceGone, "charlie"}, "charlie", "charlie-1"},
		{Object{namespaceC, "delta"}, "delta", "delta-1"},
		{Object{NamespaceGone, "delta"}, "delta", "delta-1"},
		{Object{namespaceB, divided}, divided, "echo-1"},
		{Object{NamespaceA, certified}, certified, "foxtrot-1"},
		{Object{namespaceC, certified}, certified, "foxtrot-1"},
		{Object{NamespaceGone, certified}, certified, "foxtrot-1"},
	}
}

// Secrets returns all Secrets in all namespaces.
func Secrets() []Object {
	var all []Object
	for _, p := range places() {
		all = append(all, p.Secret)
	}
	for _, namespace := range Namespaces() {
		for _, name := range []string{TokenSecret, CertificateSecret, WriterSecret, BucketSecret} {
			all = append(all, Object{namespace, name})
		}
	}
	return all
}

// PlaceAt returns the place in a Secret, if the Secret contains credentials.
func PlaceAt(secret Object) (Place, bool) {
	return find(places(), func(p Place) bool { return p.Secret == secret })
}

// placesOf returns the places of an account outside of the deleted namespace.
func placesOf(account string) []Place {
	return slices.DeleteFunc(places(), func(p Place) bool { return p.Account != account || p.Secret.Namespace == NamespaceGone })
}

// placeOf returns the first place of an account.
func placeOf(account string) Place { return placesOf(account)[0] }

// IsCertified reports whether a project has an App Certificate.
func IsCertified(appID string) bool {
	return slices.ContainsFunc(Accounts(), func(a Account) bool { return a.Certified && a.AppID == appID })
}

// AccountOf returns an account by name.
func AccountOf(name string) Account {
	found, _ := find(Accounts(), func(a Account) bool { return a.Name == name })
	return found
}

// find returns the first element for which a predicate holds.
func find[C any](all []C, holds func(C) bool) (found C, ok bool) {
	if i := slices.IndexFunc(all, holds); i >= 0 {
		return all[i], true
	}
	return found, false
}

// Shard is a set of recordings, selected by label, that some of the operators manage.
type Shard string

const (
	// ShardMain contains every object without the label of another shard.
	ShardMain Shard = ""
	// ShardOther belongs to another group of operators.
	ShardOther Shard = "other"
	// ShardNone belongs to no operator.
	ShardNone Shard = "none"

	// ShardLabel is the label with an object's shard.
	ShardLabel = "campaign.cloudrecording.dev/shard"
)

// Replicas returns the shard of each replica.
func Replicas() []Shard {
	return []Shard{ShardMain, ShardMain, ShardOther}
}

// Selector is the label selector for the shard's operators.
func (h Shard) Selector() string {
	if h == ShardMain {
		return fmt.Sprintf("%s notin (%s,%s)", ShardLabel, ShardOther, ShardNone)
	}
	return fmt.Sprintf("%s=%s", ShardLabel, h)
}
