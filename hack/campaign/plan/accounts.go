// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
)

// Account is one of Agora's accounts.
type Account struct {
	Name  string
	AppID string
	// Limit is how many requests a second it may send.
	Limit int
	// Customers are its credentials that the operator knows.
	Customers []string
	// Named says that its Secrets name the account.
	Named bool
	// Share is what the Secrets say of the limit, where the operators of several
	// shards use the account; zero if one may use all of it.
	Share int
	// Silent says that Agora sends no notifications: an App ID has one address for
	// them, and the recordings are not of one shard.
	Silent bool
	// Certified says that its project has an App Certificate: whatever joins a channel
	// needs a token that is minted from it.
	Certified bool
	// OtherClients is a customer ID by which others use it too; empty for none.
	OtherClients string
}

// AllCustomers returns the credentials that there are, those of others too.
func (a Account) AllCustomers() []string {
	if a.OtherClients == "" {
		return a.Customers
	}
	return append(slices.Clone(a.Customers), a.OtherClients)
}

// Object names an object.
type Object struct{ Namespace, Name string }

func (o Object) String() string { return o.Namespace + "/" + o.Name }

// Place is where the credentials of a customer stand.
type Place struct {
	Secret   Object
	Account  string
	Customer string
}

// KeepsCertificate says whether the credentials' Secret holds the project's App
// Certificate. Elsewhere another Secret does.
func (p Place) KeepsCertificate() bool {
	return AccountOf(p.Account).Certified && p.Secret.Namespace == NamespaceA
}

// The namespaces. One of them is deleted with everything in it.
const (
	NamespaceA    = "team-a"
	namespaceB    = "team-b"
	namespaceC    = "team-c"
	NamespaceGone = "team-gone"

	OperatorNamespace = "operator"
)

// Namespaces returns those of the objects.
func Namespaces() []string { return []string{NamespaceA, namespaceB, namespaceC, NamespaceGone} }

// The Secrets that stand in every namespace.
const (
	BucketSecret = "bucket"
	WriterSecret = "bucket-writer"
	TokenSecret  = "token"
	// CertificateSecret holds an App Certificate.
	CertificateSecret = "app-certificate"
)

// DefaultLimit is the limit of requests a second that Agora gives everybody.
const DefaultLimit = 10

// raised is the account whose limit Agora has raised.
const raised = "charlie"

// divided is the account that the operators of two shards share.
const divided = "echo"

// certified is the account whose project has an App Certificate.
const certified = "foxtrot"

// Accounts returns those that there are: one with the usual limit whose
// credentials stand in two namespaces, one of which several credentials share a
// budget by its name, one with a raised limit, one that others use too, one that
// two shards share, and one whose tokens are minted.
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

// places returns where the credentials stand.
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

// Secrets returns all Secrets, in all namespaces.
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

// PlaceAt returns the place that is a Secret, if it is one.
func PlaceAt(secret Object) (Place, bool) {
	return find(places(), func(p Place) bool { return p.Secret == secret })
}

// placesOf returns the places of an account that stay.
func placesOf(account string) []Place {
	return slices.DeleteFunc(places(), func(p Place) bool { return p.Account != account || p.Secret.Namespace == NamespaceGone })
}

// placeOf returns the first place of an account.
func placeOf(account string) Place { return placesOf(account)[0] }

// IsCertified says whether a project has an App Certificate.
func IsCertified(appID string) bool {
	return slices.ContainsFunc(Accounts(), func(a Account) bool { return a.Certified && a.AppID == appID })
}

// AccountOf returns the account of a name.
func AccountOf(name string) Account {
	found, _ := find(Accounts(), func(a Account) bool { return a.Name == name })
	return found
}

// find returns the first of several of which something holds.
func find[C any](all []C, holds func(C) bool) (found C, ok bool) {
	if i := slices.IndexFunc(all, holds); i >= 0 {
		return all[i], true
	}
	return found, false
}

// Shard is a part of the recordings, by their labels, that some of the operators
// look after.
type Shard string

const (
	// ShardMain is what no label says to be another's.
	ShardMain Shard = ""
	// ShardOther is another's.
	ShardOther Shard = "other"
	// ShardNone is nobody's.
	ShardNone Shard = "none"

	// ShardLabel says whose an object is.
	ShardLabel = "campaign.cloudrecording.dev/shard"
)

// Replicas returns how many operators look after each shard.
func Replicas() []Shard {
	return []Shard{ShardMain, ShardMain, ShardOther}
}

// Selector is the label selector of what the shard's operators watch.
func (h Shard) Selector() string {
	if h == ShardMain {
		return fmt.Sprintf("%s notin (%s,%s)", ShardLabel, ShardOther, ShardNone)
	}
	return fmt.Sprintf("%s=%s", ShardLabel, h)
}
