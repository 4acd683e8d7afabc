#include "bridge/hop/timer_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sipveil::hop {
namespace {

struct Item {
  std::size_t timer_slot = TimerQueue<Item>::idle;
};

const TimePoint start{1h};

TEST(TimerQueue, GivesWhatIsDueInOrder) {
  TimerQueue<Item> queue;
  Item a, b, c;
  EXPECT_EQ(queue.next(), TimePoint::max());
  queue.set(a, start + 3s);
  queue.set(b, start + 1s);
  queue.set(c, start + 2s);
  EXPECT_EQ(queue.next(), start + 1s);
  EXPECT_EQ(queue.pop_due(start), nullptr);
  EXPECT_EQ(queue.pop_due(start + 2s), &b);
  EXPECT_EQ(queue.pop_due(start + 2s), &c);
  EXPECT_EQ(queue.pop_due(start + 2s), nullptr);
  EXPECT_EQ(queue.pop_due(start + 3s), &a);
  EXPECT_EQ(a.timer_slot, TimerQueue<Item>::idle);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(TimerQueue, MovesAndTakesBack) {
  TimerQueue<Item> queue;
  Item a, b;
  queue.set(a, start + 1s);
  queue.set(b, start + 2s);
  queue.set(a, start + 3s);
  EXPECT_EQ(queue.next(), start + 2s);
  queue.set(a, start + 1s);
  EXPECT_EQ(queue.next(), start + 1s);
  queue.cancel(a);
  queue.cancel(a);
  EXPECT_EQ(queue.next(), start + 2s);
  EXPECT_EQ(queue.size(), 1U) << "no stale entry stays";
}

// Against a plain sorted table, with a fixed seed.
TEST(TimerQueue, AgreesWithASortedTableWhateverIsDone) {
  std::mt19937 random(4711); // NOLINT: repeatable on purpose
  TimerQueue<Item> queue;
  std::vector<Item> items(200);
  std::map<Item*, TimePoint> expected;
  for (int round = 0; round < 20'000; ++round) {
    Item& item = items[random() % items.size()];
    switch (random() % 4) {
    case 0:
    case 1: {
      const TimePoint when = start + std::chrono::milliseconds(random() % 1000);
      queue.set(item, when);
      expected[&item] = when;
      break;
    }
    case 2:
      queue.cancel(item);
      expected.erase(&item);
      break;
    case 3:
      if (Item* due = queue.pop_due(start + std::chrono::milliseconds(random() % 100))) {
        for (const auto& [other, when] : expected)
          ASSERT_LE(expected.at(due), when);
        expected.erase(due);
      }
      break;
    }
    ASSERT_EQ(queue.size(), expected.size());
  }
}

} // namespace
} // namespace sipveil::hop
