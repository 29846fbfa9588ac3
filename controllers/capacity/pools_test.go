// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/budget"
)

var (
	start  = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	school = Key{Account: "school", AppID: "app"}
)

const schoolSecret budget.Source = "lessons/agora"

// fixture has the places of one account.
type fixture struct {
	*WithT
	*Pools
	clock *clocktesting.FakePassiveClock
}

func newFixture(t testing.TB, limit int) *fixture {
	clock := clocktesting.NewFakePassiveClock(start)
	pools := New(clock)
	pools.State(school.Account, schoolSecret, limit)
	pools.Open()
	return &fixture{WithT: NewWithT(t), Pools: pools, clock: clock}
}

func (f *fixture) pass(duration time.Duration) { f.clock.SetTime(f.clock.Now().Add(duration)) }

// request returns the request of a recording whose window opened, and whose object was
// created, some minutes ago.
func request(name string, minutes int) Request {
	opens := start.Add(-time.Duration(minutes) * time.Minute)
	return Request{Owner: budget.Owner(name), Name: types.NamespacedName{Namespace: "lessons", Name: name}, OpensAt: opens, Created: opens}
}

// begin takes a place for a recording and starts it.
func (f *fixture) begin(request Request) {
	f.Expect(f.Take(school, request).Waits).To(BeFalse(), "%s gets a place", request.Owner)
	f.Note(school, request, 1, false)
}

// await makes a recording ask for a place when there is none.
func (f *fixture) await(request Request) Place {
	place := f.Take(school, request)
	f.Expect(place.Waits).To(BeTrue(), "%s waits", request.Owner)
	f.Note(school, request, 0, true)
	return place
}

// end notes that a recording has ended.
func (f *fixture) end(request Request) { f.Note(school, request, 0, false) }

// told returns who was told to ask again.
func (f *fixture) told() string {
	var names []string
	for _, name := range f.due() {
		names = append(names, name.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestNobodyWaitsWhereNothingIsStated(t *testing.T) {
	f := newFixture(t, 0)
	for _, name := range []string{"first", "second", "third"} {
		f.begin(request(name, 0))
	}
	f.Expect(f.Usage()).To(ConsistOf(Usage{Source: schoolSecret, Running: 3}))
}

func TestPlacesAreGivenInTheOrderOfWindowsAndThenOfAge(t *testing.T) {
	f := newFixture(t, 1)
	running, late, early := request("running", 0), request("late", 1), request("early", 10)
	older := late
	older.Owner, older.Name.Name, older.Created = "older", "older", late.Created.Add(-time.Hour)
	f.begin(running)
	f.Expect(f.await(late)).To(Equal(Place{Waits: true, Limit: 1, Source: schoolSecret}))
	f.await(early)
	f.await(older)
	f.Expect(f.told()).To(BeEmpty())
	f.Expect(f.Usage()).To(ConsistOf(Usage{Source: schoolSecret, Running: 1, Waiting: 3, Limit: 1}))

	f.end(running)
	f.Expect(f.told()).To(Equal("early"))
	f.await(late)
	f.begin(early)
	f.end(early)
	f.Expect(f.told()).To(Equal("older"))
	f.begin(older)
	f.end(older)
	f.Expect(f.told()).To(Equal("late"))
}

func TestRecordingsOfOneMinuteAreOrderedBeforeItsWindowsOpen(t *testing.T) {
	f := newFixture(t, 1)
	older, younger := request("older", -5), request("younger", -5)
	younger.Created = older.Created.Add(time.Second)
	f.Note(school, younger, 0, true)
	f.Note(school, older, 0, true)
	f.Expect(f.told()).To(BeEmpty(), "their time has not come")
	f.Expect(f.Usage()).To(ConsistOf(Usage{Source: schoolSecret, Limit: 1}))

	f.pass(5 * time.Minute)
	f.await(younger)
	f.begin(older)
}

// Without a window, OpensAt is when the object was created by the API server's clock.
func TestOneThatHasAskedIsToldThoughItsTimeIsStillToCome(t *testing.T) {
	f := newFixture(t, 1)
	running, ahead, later := request("running", 0), request("ahead", 0), request("later", -5)
	ahead.OpensAt = start.Add(3 * time.Second)
	ahead.Created = ahead.OpensAt
	f.begin(running)
	f.await(ahead)
	f.Note(school, later, 0, true)
	f.Expect(f.Usage()).To(ConsistOf(Usage{Source: schoolSecret, Running: 1, Waiting: 1, Limit: 1}))
	f.end(running)
	f.Expect(f.told()).To(Equal("ahead"))

	ahead.OpensAt = start.Add(time.Minute)
	f.Note(school, ahead, 0, true)
	f.begin(running)
	f.end(running)
	f.Expect(f.told()).To(BeEmpty(), "its window was moved")
}

func TestAWindowThatIsMovedChangesTheOrder(t *testing.T) {
	f := newFixture(t, 1)
	running, first, second := request("running", 0), request("first", 3), request("second", 2)
	f.begin(running)
	f.await(first)
	f.await(second)
	first.OpensAt = start.Add(-time.Minute)
	f.await(first)
	f.end(running)
	f.Expect(f.told()).To(Equal("second"))
}

func TestAPlaceIsKeptForARestart(t *testing.T) {
	f := newFixture(t, 1)
	restarted, waiting := request("restarted", 0), request("waiting", 10)
	f.begin(restarted)
	f.await(waiting)
	f.Note(school, restarted, 0, true)
	f.Expect(f.told()).To(BeEmpty())
	f.await(waiting)
	f.begin(restarted)
}

func TestWhatCannotBeStartedLeavesTheQueue(t *testing.T) {
	f := newFixture(t, 1)
	running, stuck, waiting := request("running", 0), request("stuck", 10), request("waiting", 5)
	f.begin(running)
	f.await(stuck)
	f.await(waiting)
	f.end(running)
	f.Expect(f.told()).To(Equal("stuck"))
	f.NoteOpen(stuck.Owner, 0)
	f.Expect(f.told()).To(Equal("waiting"))
	f.begin(waiting)
	f.NoteOpen(waiting.Owner, 1)
	f.Expect(f.Take(school, stuck).Waits).To(BeTrue(), "what runs goes on to count")
	f.NoteOpen(waiting.Owner, 0)
	f.Expect(f.told()).To(Equal("stuck"))
}

func TestAHandoverWaitsForAnotherPlace(t *testing.T) {
	f := newFixture(t, 1)
	recording := request("recording", 0)
	f.begin(recording)
	f.Note(school, recording, 1, true)
	f.Expect(f.Take(school, recording).Waits).To(BeTrue())
	f.Note(school, recording, 0, true)
	f.begin(recording)
}

func TestAStartThatCannotBeMadeLeavesItsPlaceToOthers(t *testing.T) {
	f := newFixture(t, 1)
	broken, waiting := request("broken", 10), request("waiting", 0)
	f.Expect(f.Take(school, broken).Waits).To(BeFalse())
	f.await(waiting)
	f.Note(school, broken, 0, false)
	f.Expect(f.told()).To(Equal("waiting"))
	f.begin(waiting)
}

func TestAStartThatHadNoEffectKeepsItsPlace(t *testing.T) {
	f := newFixture(t, 1)
	own, waiting := request("own", 0), request("waiting", 10)
	f.begin(own)
	f.Note(school, own, 0, true)
	f.await(waiting)
	f.begin(own)
}

func TestTheLowestLimitOfAnAccountCounts(t *testing.T) {
	f := newFixture(t, 5)
	f.State(school.Account, "others/agora", 1)
	f.begin(request("first", 1))
	f.Expect(f.await(request("second", 0))).To(Equal(Place{Waits: true, Limit: 1, Source: "others/agora"}))

	f.Withdraw("others/agora")
	f.Expect(f.told()).To(Equal("second"))
	f.Withdraw("others/agora")
	f.Expect(f.told()).To(BeEmpty())
}

func TestALimitThatIsRaisedTellsThoseThatWait(t *testing.T) {
	f := newFixture(t, 1)
	f.begin(request("first", 3))
	f.await(request("second", 2))
	f.await(request("third", 1))
	f.await(request("fourth", 0))
	f.State(school.Account, schoolSecret, 3)
	f.Expect(f.told()).To(Equal("second third"))
	f.State(school.Account, schoolSecret, 3)
	f.Expect(f.told()).To(BeEmpty(), "they have been told")
}

func TestAppIDsHavePlacesOfTheirOwn(t *testing.T) {
	f := newFixture(t, 1)
	f.begin(request("first", 0))
	other := Key{Account: school.Account, AppID: "other"}
	f.Expect(f.Take(other, request("second", 0)).Waits).To(BeFalse())
}

func TestARecordingIsCountedForTheAccountOfItsSecret(t *testing.T) {
	f := newFixture(t, 1)
	moved := request("moved", 0)
	f.begin(moved)
	f.await(request("waiting", 0))
	f.Note(Key{Account: "other", AppID: "app"}, moved, 1, false)
	f.Expect(f.told()).To(Equal("waiting"))
}

func TestNobodyBeginsUntilWhatRunsIsCounted(t *testing.T) {
	g := NewWithT(t)
	pools := New(clocktesting.NewFakePassiveClock(start))
	pools.State(school.Account, schoolSecret, 1)
	waiting := request("waiting", 0)
	g.Expect(pools.Take(school, waiting)).To(Equal(Place{Waits: true}))
	g.Expect(pools.Take(Key{Account: "unlimited"}, request("free", 0)).Waits).To(BeFalse())
	pools.Note(school, request("running", 0), 1, false)
	pools.Open()
	g.Expect(pools.due()).To(BeEmpty())
	g.Expect(pools.Take(school, waiting).Limit).To(Equal(1))
}

func TestWhatIsCountedLateIsNoNews(t *testing.T) {
	g := NewWithT(t)
	pools := New(clocktesting.NewFakePassiveClock(start))
	pools.State(school.Account, schoolSecret, 2)
	ended, gone, known, running := request("ended", 0), request("gone", 0), request("known", 0), request("running", 0)
	pools.Note(school, ended, 0, false)
	pools.Forget(gone.Owner)
	pools.Note(school, known, 1, false)
	for _, counted := range []Request{ended, gone, known, running} {
		pools.Count(school, counted, 1, false)
	}
	pools.Open()
	pools.Count(school, request("late", 0), 1, false)
	g.Expect(pools.Usage()).To(ConsistOf(Usage{Source: schoolSecret, Running: 2, Limit: 2}))
}

func TestOneAsksAgainAfterAgoraHadNoRoom(t *testing.T) {
	f := newFixture(t, 0)
	running, first, second, third := request("running", 0), request("first", 3), request("second", 2), request("third", 1)
	f.begin(running)
	for _, request := range []Request{first, second} {
		f.Expect(f.Take(school, request).Waits).To(BeFalse())
	}
	f.Refused(second.Owner)
	f.Refused(first.Owner)
	f.Expect(f.told()).To(ContainSubstring("first"), "it is to ask for all")
	f.Expect(f.await(first)).To(Equal(Place{Waits: true, Overloaded: true, RetryAt: start.Add(30 * time.Second)}))
	f.Expect(f.await(second).RetryAt).To(BeZero(), "it waits behind the first")
	f.Expect(f.await(third).RetryAt).To(BeZero())
	f.told()

	f.pass(30 * time.Second)
	f.await(second)
	f.Expect(f.Take(school, first).Waits).To(BeFalse())
	f.await(second)
	f.Refused(first.Owner)
	f.Expect(f.await(first).RetryAt).To(Equal(f.clock.Now().Add(time.Minute)), "the second refusal in a row is followed by a longer rest")

	f.end(running)
	f.Expect(f.told()).To(Equal("first"), "a recording that has ended may have made room")
	f.Expect(f.await(first).RetryAt).To(Equal(f.clock.Now().Add(2 * time.Second)))
	f.pass(2 * time.Second)
	f.Expect(f.Take(school, first).Waits).To(BeFalse())
	f.Accepted(first.Owner)
	f.await(second)
	f.Expect(f.told()).To(BeEmpty(), "the first has not begun yet")
	f.begin(first)
	f.Expect(f.told()).To(Equal("second"))
	f.begin(second)
	f.Accepted(second.Owner)
	f.Expect(f.told()).To(Equal("third"))
	f.begin(third)
	f.begin(request("fourth", 0))
	f.Expect(f.pools[school].overload).To(Equal(overload{}))
}

func TestWhoeverIsNextAsksInPlaceOfOneThatHasGone(t *testing.T) {
	f := newFixture(t, 0)
	first, second := request("first", 1), request("second", 0)
	f.Expect(f.Take(school, first).Waits).To(BeFalse())
	f.Refused(first.Owner)
	f.await(second)
	f.told()
	f.Forget(first.Owner)
	f.Expect(f.told()).To(Equal("second"))
	f.Expect(f.await(second).RetryAt).To(Equal(start.Add(30 * time.Second)))
	f.Expect(f.told()).To(BeEmpty(), "it knows when to ask")
}

func TestWhatIsForgottenTakesNoPlace(t *testing.T) {
	f := newFixture(t, 1)
	gone := request("gone", 0)
	f.begin(gone)
	f.await(request("waiting", 0))
	f.Forget(gone.Owner)
	f.Forget(gone.Owner)
	f.Expect(f.told()).To(Equal("waiting"))
	f.begin(request("waiting", 0))
	f.end(request("waiting", 0))
	f.Expect(f.pools).To(BeEmpty())
	f.Expect(f.keys).To(BeEmpty())
}
